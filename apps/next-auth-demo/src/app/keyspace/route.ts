import { lastClick } from "@redis-keyspace/demo-kit/last-click";
import { readKeys, shown } from "../../keyspace";
import { isOutage } from "../../outage";
import { peekVisit } from "../../visit";

/** The panel alone, which the page asks for again and again. It does not count as being seen. */
export async function GET(): Promise<Response> {
  try {
    const visit = await peekVisit();
    if (visit === null) return new Response(null, { status: 401 });
    const keys = (await readKeys(visit)).map(shown);
    return Response.json({ keys, trace: lastClick() }, { headers: { "Cache-Control": "no-store" } });
  } catch (error) {
    if (!isOutage(error)) throw error;
    return new Response(null, { status: 503 });
  }
}
