import { readFileSync } from "node:fs";
import { DevicesPage, type DevicesProps } from "./pages/devices.js";
import { KeyspacePanel, type KeyspaceProps } from "./pages/keyspace-panel.js";
import { ProblemPage, type ProblemProps } from "./pages/problem.js";
import { SignInPage, type SignInProps, SignUpPage } from "./pages/sign-in.js";

export { Keys, keyspaceScript } from "./pages/keyspace-panel.js";
export { Frame, type FrameProps, type Site } from "./pages/layout.js";

/** What `/style.css` answers. */
export const style: string = readFileSync(new URL(import.meta.resolve("@redis-keyspace/style/style.css")), "utf8");

// Every page is HTML text, so that any framework can send it.
export const devicesPage = (props: DevicesProps): string => String(<DevicesPage {...props} />);
export const keyspacePanel = (props: KeyspaceProps): string => String(<KeyspacePanel {...props} />);
export const problemPage = (props: ProblemProps): string => String(<ProblemPage {...props} />);
export const signInPage = (props: SignInProps): string => String(<SignInPage {...props} />);
export const signUpPage = (props: SignInProps): string => String(<SignUpPage {...props} />);
