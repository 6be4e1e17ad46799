// Seed sets: names for new ones, and what they say of papers. Nothing here touches the page.

/** A name for a set after a label: no spaces, and no more bytes than the server takes. */
function setName(label) {
  const plain = label.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, "-").replace(/^-/, "");
  const letters = [...plain].slice(0, 40);
  while (new TextEncoder().encode(letters.join("")).length > 64) letters.pop();
  return letters.join("").replace(/-$/, "");
}

/**
 * What the set that ratings go to and the other sets say of papers. A paper shows the greatest mark
 * that it has: liked by any, else disliked by any, else that it came lately.
 * @param {Uint8Array} marks as the map was packed; become those that are shown
 * @param {{own: {liked: number[], disliked: number[]}, others: {liked: number[], disliked: number[]}}} told
 */
function makeRatings(marks, told) {
  const packed = marks.slice(), own = new Uint8Array(marks.length), others = new Uint8Array(marks.length);
  const shown = (i) => Math.max(packed[i], own[i], others[i]);
  for (const [list, { liked, disliked }] of [[own, told.own], [others, told.others]]) {
    for (const i of disliked) list[i] = MARK.disliked;
    for (const i of liked) list[i] = MARK.liked;
  }
  for (let i = 0; i < marks.length; i++) marks[i] = shown(i);
  return {
    own: (i) => own[i],
    /** Notes a rating; returns the mark that is to be shown. */
    rate(i, isOwn, mark) {
      (isOwn ? own : others)[i] = mark;
      return shown(i);
    },
  };
}
