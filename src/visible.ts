// Text of others (device labels, a server's words) for people's eyes. A terminal obeys what it is told in it: escape sequences,
// directions of writing, characters without a width.

/** Controls, surrogates without their other half, line separators, and all that shows nothing or changes how other text is shown. */
const unseen = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu;

/** On one line, and what cannot be seen as JavaScript writes it: `\n`, `\x1b`, `\u202e`. */
export function visible(text: string): string {
  return text.replace(unseen, escaped);
}

/** The same for text whose lines are the program's own. */
export function visibleLines(text: string): string {
  return text.split('\n').map(visible).join('\n');
}

/** JSON of the same value, in which nothing unseen is left. */
export function visibleJson(json: string): string {
  return json.replace(unseen, (character) => Array.from({ length: character.length }, (_, index) => unit(character, index)).join(''));
}

const named: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

function escaped(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  const name = named[character];
  if (name !== undefined) return name;
  if (code < 0x100) return `\\x${code.toString(16).padStart(2, '0')}`;
  return code < 0x1_0000 ? unit(character, 0) : `\\u{${code.toString(16)}}`;
}

function unit(text: string, index: number): string {
  return `\\u${text.charCodeAt(index).toString(16).padStart(4, '0')}`;
}
