/**
 * A number as C's `printf` writes it with `%.17g`, or with fewer digits. Lua writes numbers with 14, Redis scores with 17.
 */
export function formatNumber(value: number, digits = 17): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? "nan" : value < 0 ? "-inf" : "inf";
  if (Number.isSafeInteger(value) && value !== 0 && Math.abs(value) < 1e14) return String(value);
  if (value === 0) return Object.is(value, -0) ? "-0" : "0";
  const [mantissa = "", power = ""] = rounded(value, digits).split("e");
  const exponent = Number(power);
  if (exponent >= -4 && exponent < digits) return withoutZeros(inFull(mantissa, exponent));
  const sign = exponent < 0 ? "-" : "+";
  return `${withoutZeros(mantissa)}e${sign}${String(Math.abs(exponent)).padStart(2, "0")}`;
}

/** `d.ddde+x`, and where two are equally near, the even one, as C has it; JavaScript has the larger one. */
function rounded(value: number, digits: number): string {
  const near = value.toExponential(digits - 1);
  const [mantissa = "", power = ""] = value.toExponential(100).split("e");
  const kept = mantissa.slice(0, mantissa.indexOf(".") + digits);
  const isTie = /^50*$/.test(mantissa.slice(kept.length));
  return isTie && /[02468]$/.test(kept) ? `${kept}e${power}` : near;
}

/** The same digits without an exponent. */
function inFull(mantissa: string, exponent: number): string {
  const sign = mantissa.startsWith("-") ? "-" : "";
  const digits = mantissa.replace(/[-.]/g, "");
  if (exponent < 0) return `${sign}0.${"0".repeat(-exponent - 1)}${digits}`;
  return `${sign}${digits.slice(0, exponent + 1)}.${digits.slice(exponent + 1)}`;
}

/** `2.50` is `2.5` and `2.00` is `2`. */
function withoutZeros(digits: string): string {
  return digits.includes(".") ? digits.replace(/\.?0*$/, "") : digits;
}
