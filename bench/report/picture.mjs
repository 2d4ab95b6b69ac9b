import { mixRows } from "../measure/mix.mjs";

const WIDTH = 800;
const ROW = 34;
const LEFT = 350;

const colours = {
  light: { text: "#1f2328", quiet: "#59636e", ours: "#c6302b", others: "#8c959f" },
  dark: { text: "#f0f6fc", quiet: "#9198a1", ours: "#ff6b61", others: "#656c76" },
};

const names = {
  ours: "redis-keyspace",
  raw: "the client alone: GET, SET, DEL",
  lucia: "@lucia-auth/adapter-session-redis",
  sveltekit: "@ethercorps/sveltekit-redis-session",
  "connect-redis": "connect-redis",
};

/**
 * Bars of how many requests of the mix each contestant answers a second, as SVG.
 *
 * @param {any[]} contestants Of the part `sessions`.
 * @param {"light" | "dark"} scheme
 */
export function mixPicture(contestants, scheme) {
  const { text, quiet, ours, others } = colours[scheme];
  const bars = mixRows(contestants)
    .filter(({ concurrency, client }) => concurrency === 64 && client.startsWith("node-redis"))
    .sort((one, other) => other.perSecond - one.perSecond);
  const most = Math.max(...bars.map(({ perSecond }) => perSecond));
  const rows = bars.map(({ name, client, perSecond }, i) => {
    const y = 52 + i * ROW;
    const width = Math.max(2, Math.round(((WIDTH - LEFT - 90) * perSecond) / most));
    const label = labelOf(name, client);
    return [
      `<text x="${LEFT - 10}" y="${y + 16}" text-anchor="end" fill="${text}">${label}</text>`,
      `<rect x="${LEFT}" y="${y}" width="${width}" height="22" rx="3" fill="${name === "ours" ? ours : others}"/>`,
      `<text x="${LEFT + width + 8}" y="${y + 16}" fill="${quiet}">${Math.round(perSecond / 100) / 10}k</text>`,
    ].join("\n");
  });
  const height = 62 + bars.length * ROW;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img" aria-labelledby="title" font-family="system-ui, sans-serif" font-size="13">
<title id="title">Requests per second of a web application's mix, 64 in flight: ${bars.map(({ name, client, perSecond }) => `${labelOf(name, client)} ${Math.round(perSecond)}`).join("; ")}</title>
<text x="0" y="16" fill="${text}" font-weight="600" font-size="15">Session requests per second, 64 in flight, node-redis 6</text>
<text x="0" y="36" fill="${quiet}">90 % reads, 8 % renewals and changes, 1 % sign-ins, 1 % sign-outs; two cores, one of them Redis's</text>
${rows.join("\n")}
</svg>
`;
}

function labelOf(name, client) {
  return names[name] + (client === "node-redis 6" ? "" : `, ${client}`);
}
