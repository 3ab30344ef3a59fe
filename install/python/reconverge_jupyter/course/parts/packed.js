// What a lesson's explorers know stands in a script beside the page, packed: in the pages themselves it would be half of them.
const packed = globalThis.RECONVERGE_REPORTS;
const places = document.querySelectorAll("script.rcv-report");
if (packed) {
  const told = new TextDecoder().decode(reconvergeInflate(packed.bytes, new Uint8Array(packed.length))).split("\n");
  places.forEach((place, i) => (place.textContent = told[i]));
} else for (const place of places) place.remove();
