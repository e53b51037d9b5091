import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { describe, test } from 'node:test';
import * as fc from 'fast-check';
import { encodeLine, LineSplitter, parseLine, readLine } from '#src/lib/json-lines.ts';

function splitAt(bytes: Buffer, cuts: number[]): Buffer[] {
  const places = [...new Set(cuts.map((cut) => cut % (bytes.length + 1)))].sort((a, b) => a - b);
  return [0, ...places].map((from, i) => bytes.subarray(from, places[i] ?? bytes.length));
}

describe('LineSplitter', () => {
  test('gives the same lines whatever the chunks, also when a character is split', () => {
    const lines = fc.array(fc.string({ unit: 'grapheme' }).map((line) => line.replaceAll('\n', ' ')));
    fc.assert(
      fc.property(lines, fc.array(fc.nat()), (texts, cuts) => {
        const splitter = new LineSplitter();
        const bytes = Buffer.from(texts.map((line) => `${line}\n`).join(''));
        const got = splitAt(bytes, cuts).flatMap((chunk) => [...splitter.push(chunk)]);
        assert.deepEqual(
          got,
          texts.map((line) => line.toWellFormed()),
        );
        assert.equal(splitter.pendingBytes, 0);
      }),
    );
  });

  test('accepts a line of exactly the limit and refuses one byte more, before its end came', () => {
    assert.deepEqual([...new LineSplitter(4).push(Buffer.from('abc\n'))], ['abc']);
    assert.throws(() => [...new LineSplitter(4).push(Buffer.from('abcd'))], { code: 'invalid' });
  });

  test('gives the good lines before a bad one', () => {
    const got: string[] = [];
    assert.throws(() => {
      for (const line of new LineSplitter(8).push(Buffer.from('one\nmuch too long\n'))) got.push(line);
    });
    assert.deepEqual(got, ['one']);
  });

  test('refuses bytes that are not UTF-8', () => {
    assert.throws(() => [...new LineSplitter().push(Buffer.from([0xff, 0x0a]))], { code: 'invalid', message: /UTF-8/ });
  });

  test('tells of a cut last line', () => {
    const splitter = new LineSplitter();
    assert.deepEqual([...splitter.push(Buffer.from('whole\nha'))], ['whole']);
    assert.equal(splitter.pendingBytes, 2);
  });
});

describe('encodeLine and parseLine', () => {
  test('a line that is nested too deep is refused, brackets in texts are not nesting', () => {
    const nest = (depth: number): string => `{"a":${'['.repeat(depth)}"${'x'.repeat(3000)}"${']'.repeat(depth)}}`;
    assert.throws(() => parseLine(nest(200)), { code: 'invalid', message: /nested more than 200 deep/ });
    assert.doesNotThrow(() => parseLine(nest(199)));
    const texts = ['['.repeat(5000), `"${'['.repeat(5000)}`, `\\"${'{'.repeat(5000)}\\`, '\\'.repeat(5001)];
    for (const body of texts) assert.deepEqual(parseLine(JSON.stringify({ body, after: body })), { body, after: body });
  });

  test('refuse what is too long, no JSON or no object', () => {
    assert.throws(() => encodeLine({ text: 'x'.repeat(100) }, 50), { code: 'invalid' });
    assert.throws(() => parseLine('{'), { code: 'invalid' });
    assert.throws(() => parseLine('[1]'), { code: 'invalid' });
    assert.deepEqual(parseLine(encodeLine({ a: 'ü' })), { a: 'ü' });
  });
});

describe('readLine', () => {
  test('leaves everything after the first line in the stream', async () => {
    const stream = new PassThrough();
    const line = readLine(stream, 100);
    stream.write('{"hive"');
    stream.end(':1}\nGET / HTTP/1.1\r\n\r\n');
    assert.equal(await line, '{"hive":1}');
    assert.equal(await text(stream), 'GET / HTTP/1.1\r\n\r\n');
  });

  test('ends with an error when the stream ends first, is too long, or the wait is aborted', async () => {
    const cut = new PassThrough();
    cut.end('half');
    await assert.rejects(readLine(cut, 100), { code: 'unavailable' });
    const long = new PassThrough();
    long.write('x'.repeat(200));
    await assert.rejects(readLine(long, 100), { code: 'invalid' });
    const abort = new AbortController();
    const silent = readLine(new PassThrough(), 100, abort.signal);
    abort.abort(new Error('enough'));
    await assert.rejects(silent, /enough/);
  });
});
