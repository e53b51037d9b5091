/** A value that is known later than those who will use it are built. */
export interface Later<T> {
  (): T;
  set(value: T): void;
}

/** Makes one; calling it before `set` throws with `name`. */
export function later<T>(name: string): Later<T> {
  let known: { value: T } | undefined;
  const get = (): T => {
    if (!known) throw new Error(`${name} is used before it is there`);
    return known.value;
  };
  return Object.assign(get, {
    set(value: T): void {
      known = { value };
    },
  });
}
