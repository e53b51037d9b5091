declare module 'pino-roll' {
  /** What of sonic-boom's stream the daemon uses. */
  interface RollStream extends NodeJS.EventEmitter {
    write(text: string): boolean;
    flushSync(): void;
    end(): void;
  }

  /** Opens `<file>.<n><extension>` for appending; a new one is begun at `size`. */
  export default function build(options: {
    file: string;
    extension: string;
    size: string;
    limit: { count: number; removeOtherLogFiles: boolean };
    symlink: boolean;
    mode: number;
  }): Promise<RollStream>;
}
