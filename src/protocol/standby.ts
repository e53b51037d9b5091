/** Option of the daemon's program: it loads its modules and warms up, and begins when it is told to. */
export const STAND_BY = 'stand-by';

/** What it is told then, on its standard input; that this ends first means that it is not needed any more. */
export const BEGIN = 'begin\n';
