import type { Child } from "hono/jsx";
import type { JSX } from "hono/jsx/jsx-runtime";
import type { ListedSession } from "../../sessions-of-user.js";
import { relative } from "../../times.js";
import { Time } from "./time.js";

export interface SessionsProps {
  readonly userId: string;
  readonly sessions: readonly ListedSession[];
  /** Where there is none: why that may be. */
  readonly advice: string | undefined;
  /** Whether there may be others. */
  readonly mayBeUnlisted: boolean;
}

const SHOWN = 100;

/** The sessions of one user. */
export function SessionsView({ mayBeUnlisted, ...props }: SessionsProps): JSX.Element {
  return (
    <>
      <Listed {...props} />
      {mayBeUnlisted && (
        <p class="lead">
          Only sessions that a list has are shown, and revoked: <code>--scan</code> of the commands <code>list</code>{" "}
          and <code>revoke</code> finds those that the replaced package has written, too.
        </p>
      )}
    </>
  );
}

function Listed({ userId, sessions, advice }: Omit<SessionsProps, "mayBeUnlisted">): JSX.Element {
  const count = sessions.length;
  if (count === 0) {
    return (
      <>
        <p class="lead breakable">No sessions of {userId}.</p>
        {advice !== undefined && <p class="lead breakable">{advice}</p>}
      </>
    );
  }
  return (
    <>
      <p class="lead breakable">
        {count === 1 ? "1 session" : `${count} sessions`} of {userId}, the most recently used first
        {count > SHOWN && `; the first ${SHOWN} are shown`}.
      </p>
      <ul class="devices">
        {sessions.slice(0, SHOWN).map((session) => (
          <SessionItem userId={userId} session={session} others={count - 1} />
        ))}
      </ul>
      {count > 1 && (
        <div class="actions">
          <details class="ask">
            <summary class="button danger">Revoke all {count}…</summary>
            <Question userId={userId} text={`All ${count} sessions end: every device is signed out.`}>
              <Answer name="all" text={`Revoke all ${count}`} />
            </Question>
          </details>
        </div>
      )}
    </>
  );
}

interface ItemProps {
  readonly userId: string;
  readonly session: ListedSession;
  readonly others: number;
}

function SessionItem({ userId, session, others }: ItemProps): JSX.Element {
  const { handle, device, createdAt, lastUsedAt, expiresAt } = session;
  const shown = `${handle.slice(0, 8)}…`;
  const name = device ?? "Session";
  return (
    <li class="card device session">
      <h2>{name}</h2>
      <div class="details">
        <dl>
          {createdAt !== null && <Detail term="Created" detail={<Time at={createdAt} text={relative(createdAt)} />} />}
          {lastUsedAt !== null && (
            <Detail term="Last used" detail={<Time at={lastUsedAt} text={relative(lastUsedAt)} />} />
          )}
          <Detail
            term="Ends"
            detail={expiresAt === null ? "never" : <Time at={expiresAt} text={relative(expiresAt)} />}
          />
          <Detail term="Handle" detail={<code>{shown}</code>} />
        </dl>
      </div>
      <details class="ask">
        <summary class="button danger" aria-label={`Revoke ${name}, ${shown}`}>
          Revoke…
        </summary>
        <Question
          {...{ userId, handle }}
          text={
            others === 0
              ? "The session ends: its device is signed out."
              : "End this session, or keep it and end the others? Their devices are signed out."
          }
        >
          <Answer name="one" text="Revoke it" />
          {others > 0 && <Answer name="others" text={`Revoke the other ${others === 1 ? "one" : others}`} />}
        </Question>
      </details>
    </li>
  );
}

function Detail({ term, detail }: { readonly term: string; readonly detail: Child }): JSX.Element {
  return (
    <div>
      <dt>{term}</dt>
      <dd>{detail}</dd>
    </div>
  );
}

interface QuestionProps {
  readonly userId: string;
  readonly handle?: string;
  readonly text: string;
  readonly children: Child;
}

function Question({ userId, handle, text, children }: QuestionProps): JSX.Element {
  return (
    <form class="card question" method="post" action="revoke">
      <input type="hidden" name="user" value={userId} />
      {handle !== undefined && <input type="hidden" name="handle" value={handle} />}
      <p>{text}</p>
      <div class="answers">{children}</div>
    </form>
  );
}

function Answer({ name, text }: { readonly name: "all" | "one" | "others"; readonly text: string }): JSX.Element {
  return (
    <button class="danger" type="submit" name="which" value={name}>
      {text}
    </button>
  );
}
