import MarkdownIt from 'markdown-it';
import sanitize from 'sanitize-html';
import { oneLine, plain } from './text.ts';

/** Text above these limits starts folded. */
const FOLD_CHARACTERS = 700;
const FOLD_LINES = 10;
const PEEK_CHARACTERS = 280;
/** Longest text that a list renders; the rest is one click away on the message's own page. */
const LISTED_CHARACTERS = 6000;

const ALLOWED_TAGS = [
  'p', 'br', 'hr', 'strong', 'em', 's', 'code', 'pre', 'blockquote', 'ul', 'ol', 'li', 'a', 'h3', 'h4', 'h5', 'h6',
  'table', 'thead', 'tbody', 'tr', 'th', 'td',
]; // prettier-ignore

const markdown = new MarkdownIt({ html: false, linkify: true, breaks: true }).disable('image');

/** What somebody wrote, ready for a template. */
export interface TextView {
  /** Safe HTML: the only strings templates may insert unescaped. */
  html: string;
  folded: boolean;
  /** The beginning, for the folded state. */
  peek: string;
  /** How much of a longer text is missing here, for people; null when all is there. */
  rest: string | null;
}

/** Renders Markdown written by an agent or a person into inert HTML; `whole` keeps a long text complete and open. */
export function textView(source: string, options: { whole?: boolean } = {}): TextView {
  const text = plain(source);
  const shown = options.whole ? text : text.slice(0, LISTED_CHARACTERS);
  const lines = shown.split('\n').length;
  return {
    html: renderMarkdown(shown),
    peek: words(text, PEEK_CHARACTERS),
    folded: !options.whole && (shown.length > FOLD_CHARACTERS || lines > FOLD_LINES),
    rest: shown.length < text.length ? `${Math.ceil((text.length - shown.length) / 1000)} kB more` : null,
  };
}

/** The words of a Markdown text without its marks, on one line of at most `max` characters. */
export function words(source: string, max: number): string {
  const tokens = markdown.parse(plain(source.slice(0, max * 8)), {}).flatMap((token) => token.children ?? [token]);
  const text = tokens.map((token) =>
    token.type.endsWith('break') || token.block ? ` ${token.content} ` : token.content,
  );
  return oneLine(text.join(''), max);
}

/** Markdown to HTML with a short list of tags and no attribute but links' addresses; headings start at level 3. */
export function renderMarkdown(text: string): string {
  return sanitize(markdown.render(text), {
    allowedTags: ALLOWED_TAGS,
    allowedAttributes: { a: ['href', 'rel', 'target'] },
    allowedSchemes: ['http', 'https', 'mailto'],
    allowProtocolRelative: false,
    transformTags: {
      h1: 'h3',
      h2: 'h4',
      a: sanitize.simpleTransform('a', { rel: 'noopener noreferrer nofollow ugc', target: '_blank' }),
    },
  });
}
