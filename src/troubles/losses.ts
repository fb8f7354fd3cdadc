/** How many losses of the link are kept, and make one who flaps. By itself: the runtime needs no more of the troubles. */
export const lossesKept = 3;
