/** The person's account. */
export const OPERATOR = 'operator';
