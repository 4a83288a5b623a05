/** The two domains of a network that holds the weights of both. */
export type Domain = 'A' | 'B';
