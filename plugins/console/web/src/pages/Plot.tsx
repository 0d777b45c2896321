import { useEffect, useRef, useState } from "preact/hooks";
import { clock } from "../core/format";
import type { StatPoint } from "../core/types";
import { ticks } from "./timeline";

export interface Series {
  key: string;
  name: string;
  /** Which of the plot colours. */
  hue: 1 | 2 | 3;
}

interface PlotProps {
  title: string;
  points: StatPoint[];
  series: Series[];
  format: (value: number) => string;
  bars?: boolean;
}

const HEIGHT = 132;
const LEFT = 44;
const BOTTOM = 18;

const value = (point: StatPoint | undefined, key: string): number | undefined => {
  const found = point?.[key];
  return typeof found === "number" ? found : undefined;
};

/** A measure over time. Arrow keys, or the pointer, read single minutes. */
export function Plot({ title, points, series, format, bars = false }: PlotProps) {
  const box = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(420);
  const [at, setAt] = useState<number>();
  useEffect(() => {
    const observer = new ResizeObserver(([entry]) => entry && setWidth(Math.max(220, entry.contentRect.width)));
    if (box.current) observer.observe(box.current);
    return () => observer.disconnect();
  }, []);
  const most = Math.max(0, ...points.flatMap((point) => series.map(({ key }) => value(point, key) ?? 0)));
  const marks = ticks(most === 0 ? 1 : most, 3);
  const top = Math.max(most === 0 ? 1 : most, marks.at(-1)!);
  const inner = width - LEFT - 4;
  const slot = inner / Math.max(points.length, 1);
  const x = (n: number) => LEFT + slot * (n + 0.5);
  const y = (amount: number) => HEIGHT - BOTTOM - (amount / top) * (HEIGHT - BOTTOM - 8);
  const read = at === undefined ? undefined : points[at];
  const shown = read ?? points.at(-1);
  const move = (event: PointerEvent) => {
    const { left } = (event.currentTarget as Element).getBoundingClientRect();
    setAt(Math.max(0, Math.min(points.length - 1, Math.floor((event.clientX - left - LEFT) / slot))));
  };
  const keys = (event: KeyboardEvent) => {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (step === undefined || points.length === 0) return;
    event.preventDefault();
    setAt(Math.max(0, Math.min(points.length - 1, (at ?? points.length) + step)));
  };
  const total = bars ? (key: string) => points.reduce((sum, point) => sum + (value(point, key) ?? 0), 0) : undefined;
  const told = series.map(({ key, name }) => `${name} ${format(read ? (value(read, key) ?? 0) : total ? total(key) : (value(shown, key) ?? 0))}`).join(", ");
  return (
    <figure class="plot" ref={box}>
      <figcaption>
        <h2>{title}</h2>
        <p class="legend">
          {series.map(({ key, name, hue }) => (
            <span key={key}><i class={`hue-${hue}`} />{name} <b>{format(read ? (value(read, key) ?? 0) : total ? total(key) : (lastOf(points, key) ?? 0))}</b></span>
          ))}
        </p>
      </figcaption>
      <svg width={width} height={HEIGHT} viewBox={`0 0 ${width} ${HEIGHT}`} role="img" tabIndex={0} aria-label={`${title}: ${told}${read ? ` at ${clock(read.at).slice(0, 5)}` : ""}`} onPointerMove={move} onPointerLeave={() => setAt(undefined)} onKeyDown={keys} onBlur={() => setAt(undefined)}>
        {marks.map((mark) => (
          <g key={mark} class="mark-line">
            <line x1={LEFT} x2={width - 4} y1={y(mark)} y2={y(mark)} />
            <text x={LEFT - 8} y={y(mark) + 4} text-anchor="end">{format(mark)}</text>
          </g>
        ))}
        {read && <line class="cursor" x1={x(at!)} x2={x(at!)} y1={4} y2={HEIGHT - BOTTOM} />}
        {bars ? <Bars points={points} series={series} x={x} y={y} slot={slot} /> : series.map((one) => <Lines key={one.key} points={points} one={one} x={x} y={y} />)}
        {points.length > 0 && (
          <g class="times">
            <text x={LEFT} y={HEIGHT - 4}>{clock(points[0]!.at).slice(0, 5)}</text>
            {read && <text x={Math.min(Math.max(x(at!), LEFT + 50), width - 60)} y={HEIGHT - 4} text-anchor="middle" class="now">{clock(read.at).slice(0, 5)}</text>}
            <text x={width - 4} y={HEIGHT - 4} text-anchor="end">{clock(points.at(-1)!.at).slice(0, 5)}</text>
          </g>
        )}
      </svg>
    </figure>
  );
}

function lastOf(points: StatPoint[], key: string): number | undefined {
  for (let n = points.length - 1; n >= 0; n -= 1) {
    const found = value(points[n], key);
    if (found) return found;
  }
  return undefined;
}

function Bars({ points, series, x, y, slot }: { points: StatPoint[]; series: Series[]; x: (n: number) => number; y: (value: number) => number; slot: number }) {
  const wide = Math.max(1, Math.min(slot - 1, 14));
  return (
    <>
      {points.map((point, n) =>
        series.map(({ key, hue }) => {
          const amount = value(point, key) ?? 0;
          return amount > 0 ? <rect key={`${n} ${key}`} class={`hue-${hue}`} x={x(n) - wide / 2} width={wide} y={y(amount)} height={Math.max(1, y(0) - y(amount))} /> : null;
        }),
      )}
    </>
  );
}

/** How many minutes without a value a line goes on over. */
const BRIDGE = 3;

/** A line where there are values; longer times without any are gaps. */
function Lines({ points, one, x, y }: { points: StatPoint[]; one: Series; x: (n: number) => number; y: (value: number) => number }) {
  let path = "";
  const dots: [number, number][] = [];
  const there = points.flatMap((point, n) => {
    const amount = value(point, one.key) ?? 0;
    return amount > 0 ? [{ n, amount }] : [];
  });
  there.forEach(({ n, amount }, index) => {
    const joins = (other: { n: number } | undefined) => other !== undefined && Math.abs(other.n - n) <= BRIDGE;
    const before = joins(there[index - 1]);
    path += `${before ? "L" : "M"}${x(n).toFixed(1)} ${y(amount).toFixed(1)}`;
    if (!before && !joins(there[index + 1])) dots.push([x(n), y(amount)]);
  });
  return <g class={`hue-${one.hue}`}><path d={path} />{dots.map(([cx, cy]) => <circle key={cx} cx={cx} cy={cy} r="2" />)}</g>;
}
