import { inMemory } from "../redis";
import { Frame, type FrameProps } from "./frame";

/** The frame of a page that is made for each request. `error.tsx` runs in the browser, which knows no store. */
export function Page(props: Omit<FrameProps, "inMemory">) {
  return <Frame inMemory={inMemory} {...props} />;
}
