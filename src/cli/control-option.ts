/** `--control` of `mooring run`: alone it is for the inspector's page, with a path it says where the control socket is. */
import { Help, Option } from "commander";
import { invalidConfig } from "../errors.js";

export interface ControlChoice {
  /** The inspector's page may do more than watch. */
  readonly byPage?: true;
  /** Of the control socket. */
  readonly path?: string;
}

/** Behind the address of the page. */
export const controlNote = " (control is on)";

/** What stands for a path that is not given: no path has such a character. */
const none = "\0";

/** For `--help`, which would show what stands for no path. */
export const describedOption = (option: Option): string =>
  option.presetArg === none ? option.description : new Help().optionDescription(option);

/** May be given twice, once in each form. */
export const controlOption = (): Option =>
  new Option(
    "--control [path]",
    "with --inspect: let its page pause, resume, restart, retry, remove and drain; with a path: path of the control socket",
  )
    .preset(none)
    .argParser(
      (text: string, before: ControlChoice | undefined): ControlChoice => ({
        ...before,
        ...(text === none ? { byPage: true } : { path: text }),
      }),
    );

/** Throws INVALID_CONFIG for a page that nobody serves. */
export function mayPageControl(choice: ControlChoice | undefined, inspect: boolean | undefined): boolean {
  if (!choice?.byPage) return false;
  if (inspect) return true;
  throw invalidConfig(
    "--control without a path lets the inspector's page control the registrations: give --inspect too, or the path of the control socket.",
  );
}
