// Thumbnails of a tile's channels, asked for when they come into sight.
function figure(channel) {
  const box = document.createElement("figure");
  const caption = Object.assign(document.createElement("figcaption"), {
    textContent: channel.title ?? channel.channel,
  });
  const image = Object.assign(document.createElement("img"), {
    src: channel.thumbnail,
    alt: "",
    loading: "lazy",
    width: 96,
    height: 96,
  });
  box.append(image, caption);
  return box;
}

export async function showThumbs(box) {
  const reply = await fetch(box.dataset.thumbs).catch(() => null);
  if (!reply?.ok) {
    box.querySelector("p").textContent = "The channels could not be loaded.";
    return;
  }
  const { results, channels } = await reply.json();
  box.replaceChildren(...(results ?? channels).filter((channel) => channel.thumbnail).map(figure));
}
