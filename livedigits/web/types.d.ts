// What the server sends and what the parts of the page hand to each other: for the checker alone, no browser loads it.

/** x, y, width, height in pixels of the picture */
type Box = [number, number, number, number];

interface Digit {
  digit: number;
  confidence: number;
  box: Box;
  track: number | null;
  /** of 0 to 9; only where details were asked for, as the crop */
  probabilities?: number[];
  /** 28x28 bytes row by row, in base64 */
  crop?: string | null;
  /** what stands around it, in the same way */
  around?: string | null;
}

/** A number that digits form. */
interface NumberRead {
  text: string;
  confidence: number;
  box: Box;
  /** which of the answer's digits, in reading order */
  digits: number[];
  /** false where it was probably cut short */
  complete: boolean;
}

/** The result of a picture or of a frame. */
interface Answer {
  source: string;
  frame: number;
  time: number;
  width: number;
  height: number;
  digits: Digit[];
  numbers: NumberRead[];
  text: string;
  dropped?: number;
  /** degrees clockwise by which the picture was turned to be read; the rest is of the turned one */
  turned?: number;
}

/** x, y in px of the picture */
type Corner = [number, number];

/** A named place of a picture, as a file of fields has it. */
interface NamedField {
  name: string;
  /** upper left, upper right, lower right, lower left of its text */
  corners: [Corner, Corner, Corner, Corner];
  /** "" for any digits */
  expect: string;
  least: number | null;
  greatest: number | null;
  confidence: number | null;
  settle: Record<string, number | boolean | null> | null;
}

/** What a field holds. */
interface FieldValue {
  text: string;
  value: number | null;
  confidence: number;
  state: "read" | "settled" | "doubtful" | "refused" | "missing" | "unregistered";
  box: Box;
}

interface Info {
  cameras: string[];
  limits: { picture_bytes: number; video_bytes: number };
  /** what is learned into; null where nothing is */
  profile: { name: string; samples: number; counts: number[] } | null;
  /** how a phone comes to this page; null where none does, and for who is not at the server's machine */
  phone: { address: string; fingerprint: string } | null;
}

type Canvas = HTMLCanvasElement | OffscreenCanvas;
type Painter = CanvasRenderingContext2D | OffscreenCanvasRenderingContext2D;

/** x, y in px of the page, and pressure: 1 is usual */
type Point = [number, number, number];

interface Stroke {
  colour: string;
  width: number;
  points: Point[];
}

/** What the panel beside the picture shows. */
interface Item {
  /** of the file, for what is saved */
  name: string;
  /** of one picture */
  answer: Answer | null;
  /** of a video's frames */
  answers?: Answer[];
  /** of a whole video */
  text?: string;
  /** the words where there is no text */
  empty: string;
  /** whether it changes by itself */
  live?: boolean;
  /** whether it is an old one, because the server does not answer */
  stale?: boolean;
  /** what can be painted on a canvas */
  picture: (() => CanvasImageSource | Promise<CanvasImageSource>) | null;
  /** of a video: the answer that belongs to its picture */
  pictured?: () => Answer | undefined;
  /** the picture with its digits drawn on it, instead of `picture` */
  annotated?: () => Promise<Blob>;
  /** of a drawing: it alone, as finely as the screen shows it, and as SVG */
  ink?: { canvas: () => HTMLCanvasElement; svg: () => string };
  /** called where a tap meets no digit */
  idle?: () => void;
  /** keeps what is shown from going on */
  hold?: () => void;
  /** the picture that is corrected, and its width in px; none while it changes */
  teach?: () => Promise<{ blob: Blob; width: number }>;
  /** called when something was learned of that picture, to read it again */
  taught?: (blob: Blob) => unknown;
  /** called when a digit is chosen, or, counted on, a number */
  choose: (index: number) => void;
}

/** A source of a camera's results: frames of this browser's camera, or a camera of the server's machine. */
interface CameraSource {
  /** the picture that the last answer is about */
  shown: Canvas;
  paused: boolean;
  stop(): void;
}
