/** Colours and weights, as plain text where nobody would see them. */
export interface Style {
  bold(text: string): string;
  dim(text: string): string;
  red(text: string): string;
  cyan(text: string): string;
  green(text: string): string;
  yellow(text: string): string;
}

/** Styled on a terminal only, and not where NO_COLOR (https://no-color.org) or a dumb terminal forbids it. */
export function createStyle(stream: { readonly isTTY?: boolean }, environment: Environment = process.env): Style {
  const isStyled = stream.isTTY === true && !environment.NO_COLOR && environment.TERM !== "dumb";
  const wrap = (on: number, off: number) => (text: string) => (isStyled ? `\u001b[${on}m${text}\u001b[${off}m` : text);
  return {
    bold: wrap(1, 22),
    dim: wrap(2, 22),
    red: wrap(31, 39),
    cyan: wrap(36, 39),
    green: wrap(32, 39),
    yellow: wrap(33, 39),
  };
}

export type Environment = Readonly<Record<string, string | undefined>>;
