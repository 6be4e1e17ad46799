// The state of the map as the fragment of its address: `#x,y,zoom;by=year;set=...;from=2020-01`.

/**
 * @typedef {{isPlaced: boolean, x: number, y: number, zoom: number, by: string, set: string, from: string, to: string,
 *   topic: ?number, query: string, paper: string}} Address
 */

/** @param {Address} address @returns {string} with the `#` */
function writeAddress(address) {
  const parts = [[address.x.toFixed(4), address.y.toFixed(4), address.zoom.toFixed(2)].join(",")];
  const add = (name, value) => { if (value) parts.push(`${name}=${encodeURIComponent(value)}`); };
  add("by", address.by === "topic" ? "" : address.by);
  add("set", address.set);
  add("from", address.from);
  add("to", address.to);
  add("t", address.topic === null ? "" : String(address.topic));
  add("q", address.query);
  add("paper", address.paper);
  return "#" + parts.join(";");
}

/** @param {string} hash anything; what cannot be read is left out @returns {Address} */
function readAddress(hash) {
  const address = { isPlaced: false, x: 0.5, y: 0.5, zoom: 1, by: "topic", set: "", from: "", to: "", topic: null, query: "", paper: "" };
  for (const part of hash.replace(/^#/, "").split(";")) {
    const at = part.indexOf("=");
    if (at < 0) {
      const place = part.split(",").map((text) => (text.trim() === "" ? NaN : Number(text)));
      if (place.length !== 3 || !place.every(Number.isFinite)) continue;
      address.isPlaced = true;
      address.x = Math.max(-0.1, Math.min(1.1, place[0]));
      address.y = Math.max(-0.1, Math.min(1.1, place[1]));
      address.zoom = Math.max(0.6, Math.min(400, place[2]));
      continue;
    }
    let value;
    try { value = decodeURIComponent(part.slice(at + 1)).slice(0, 400); } catch { continue; }
    const name = part.slice(0, at);
    if (name === "t") address.topic = /^\d{1,15}$/.test(value) ? Number(value) : null;
    else if (name === "by" && /^(topic|year|category|score)$/.test(value)) address.by = value;
    else if (name === "set") address.set = value;
    else if (name === "q") address.query = value;
    else if (name === "paper") address.paper = value;
    else if ((name === "from" || name === "to") && monthNumber(value)) address[name] = value;
  }
  return address;
}
