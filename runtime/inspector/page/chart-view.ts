/** What part of a drawing shows: pan and zoom as the view box of the drawing. */

export interface View {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

interface Size {
  readonly width: number;
  readonly height: number;
}

const scaleMax = 1.2;
const pad = 12;
/** A drawing that would be smaller than this, in parts of its size, opens around what is active. */
const readableScale = 0.44;
/** How large it opens then. */
const closeScale = 0.7;

/** The whole drawing, never larger than 1.2 times. */
export function fitted(drawing: Size, canvas: Size): View {
  const ratio = canvas.width / Math.max(1, canvas.height);
  const least = Math.max(drawing.width + pad * 2, canvas.width / scaleMax);
  const width = Math.max(
    least,
    (drawing.height + pad * 2) * ratio,
    (canvas.height / scaleMax) * ratio,
  );
  const height = width / ratio;
  return { x: (drawing.width - width) / 2, y: (drawing.height - height) / 2, width, height };
}

/** Fitted where that can be read; else around what is active, within the drawing. */
export function opened(drawing: Size, canvas: Size, active: View | undefined): View {
  const whole = fitted(drawing, canvas);
  if (!active || canvas.width / whole.width >= readableScale) return whole;
  const width = canvas.width / closeScale;
  const height = canvas.height / closeScale;
  const within = (middle: number, length: number, all: number): number =>
    all <= length
      ? (all - length) / 2
      : Math.max(-pad, Math.min(all - length + pad, middle - length / 2));
  return {
    x: within(active.x + active.width / 2, width, drawing.width),
    y: within(active.y + active.height / 2, height, drawing.height),
    width,
    height,
  };
}

/** The area around some others; undefined without any. */
export function around(areas: readonly View[]): View | undefined {
  if (areas.length === 0) return undefined;
  const x = Math.min(...areas.map((one) => one.x));
  const y = Math.min(...areas.map((one) => one.y));
  const right = Math.max(...areas.map((one) => one.x + one.width));
  const bottom = Math.max(...areas.map((one) => one.y + one.height));
  return { x, y, width: right - x, height: bottom - y };
}

const nameSize = 13;
const nameSizeSeen = 11;
/** Width of a letter, in parts of its size. */
const letterRatio = 0.62;

/** A state's name and the room that it has. */
export interface Name {
  readonly text: string;
  readonly room: number;
}

/** Size of all names of a drawing: larger where it is shown small, as far as there is room. */
export function nameSizeOf(names: readonly Name[], scale: number): number {
  const rooms = names.map(({ text, room }) => room / (Math.max(1, text.length) * letterRatio));
  const wanted = Math.max(nameSize, nameSizeSeen / scale);
  return Math.max(nameSize, Math.min(wanted, 22, ...rooms));
}

/** @param at place that stays where it is, in parts of the view. */
export function zoomed(view: View, factor: number, at: readonly [number, number]): View {
  const width = Math.max(160, Math.min(8_000, view.width / factor));
  const k = width / view.width;
  return {
    x: view.x + view.width * at[0] * (1 - k),
    y: view.y + view.height * at[1] * (1 - k),
    width,
    height: view.height * k,
  };
}
