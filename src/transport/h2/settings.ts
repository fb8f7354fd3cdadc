/** SETTINGS (RFC 9113, section 6.5): what we announce, and what a peer does. */
import { frameLimits, streamWindow } from "../../protocol/limits.js";
import { ConnectionFault } from "./faults.js";
import { max31, maxPayloadBytes } from "./frame.js";
import { initialWindow } from "./windows.js";

const Setting = {
  HEADER_TABLE_SIZE: 1,
  ENABLE_PUSH: 2,
  MAX_CONCURRENT_STREAMS: 3,
  INITIAL_WINDOW_SIZE: 4,
  MAX_FRAME_SIZE: 5,
  MAX_HEADER_LIST_SIZE: 6,
} as const;

const settingBytes = 6;

/** No table for header fields, so that a block is read by itself; nothing pushed. */
const announced: readonly (readonly [number, number])[] = [
  [Setting.HEADER_TABLE_SIZE, 0],
  [Setting.ENABLE_PUSH, 0],
  [Setting.INITIAL_WINDOW_SIZE, streamWindow],
  [Setting.MAX_HEADER_LIST_SIZE, frameLimits.headerListBytes],
];

/** The payload of our SETTINGS. */
export const ourSettings: Buffer = Buffer.alloc(announced.length * settingBytes);
for (const [place, [id, value]] of announced.entries())
  ourSettings.writeUInt32BE(value, ourSettings.writeUInt16BE(id, place * settingBytes));

/** What a peer has announced; before it has, what holds then. */
export class PeerSettings {
  /** Streams that it takes at once; undefined: it has not said. */
  maxStreams: number | undefined;
  /** What it lets us send on a fresh stream. */
  initialWindow: number = initialWindow;

  /** Takes the payload of a SETTINGS frame. Throws {@link ConnectionFault}. */
  take(bytes: Buffer, start: number, end: number): void {
    if ((end - start) % settingBytes !== 0)
      throw new ConnectionFault("FRAME_SIZE_ERROR", `SETTINGS of ${end - start} bytes, of 6 each`);
    for (let at = start; at < end; at += settingBytes)
      this.#take(bytes.readUInt16BE(at), bytes.readUInt32BE(at + 2));
  }

  #take(id: number, value: number): void {
    switch (id) {
      case Setting.MAX_CONCURRENT_STREAMS:
        this.maxStreams = value;
        return;
      case Setting.INITIAL_WINDOW_SIZE:
        if (value > max31)
          throw new ConnectionFault("FLOW_CONTROL_ERROR", `SETTINGS with a window of ${value} bytes`);
        this.initialWindow = value;
        return;
      case Setting.ENABLE_PUSH:
        if (value !== 0)
          throw new ConnectionFault("PROTOCOL_ERROR", `SETTINGS_ENABLE_PUSH of ${value} from a server`);
        return;
      case Setting.MAX_FRAME_SIZE:
        // What we send is never larger than the least that it can be.
        if (value < maxPayloadBytes || value > 0xff_ffff)
          throw new ConnectionFault("PROTOCOL_ERROR", `SETTINGS_MAX_FRAME_SIZE of ${value}`);
        return;
      // Our header blocks use no table and are short; what is not known is to be ignored.
      default:
    }
  }
}
