"""Does a picture keep every pixel, its colours, its turn and its author, and lose what would betray a source?"""

import struct
from io import BytesIO
from random import Random
from typing import Any, Final

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from PIL import Image, ImageCms, ImageOps, IptcImagePlugin, JpegImagePlugin
from PIL.PngImagePlugin import PngInfo

from shared.pages import bare

#: It stands in every place in which a picture can betray somebody.
SECRET: Final = b"48.8584N-2.2945E"
KINDS: Final = ("JPEG", "PNG", "WEBP", "GIF", "AVIF")
XMP: Final = (
    b"<?xpacket begin='' id=''?><x:xmpmeta xmlns:x='adobe:ns:meta/'>"
    b"<rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'><rdf:Description "
    b"xmlns:exif='http://ns.adobe.com/exif/1.0/' xmlns:dc='http://purl.org/dc/elements/1.1/' "
    b"xmlns:photoshop='http://ns.adobe.com/photoshop/1.0/' "
    b"exif:GPSLatitude='%s' photoshop:Credit='Harbour &amp; Sons'>"
    b"<dc:creator><rdf:Seq><rdf:li>Ida Bell</rdf:li></rdf:Seq></dc:creator>"
    b"<dc:description><rdf:Alt><rdf:li>%s</rdf:li></rdf:Alt></dc:description>"
    b"</rdf:Description></rdf:RDF></x:xmpmeta><?xpacket end='w'?>"
) % (SECRET, SECRET)
ICC: Final = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def told(turned: int) -> Image.Exif:
    """What a camera tells: its maker, its place, how it was held."""
    exif = Image.Exif()
    exif[0x010F] = SECRET.decode()
    exif[0x0112] = turned
    exif.get_ifd(0x8825)[29] = SECRET.decode()
    return exif


def iptc(*sets: tuple[int, bytes]) -> bytes:
    """An APP13 segment of a JPEG."""
    block = b"".join(b"\x1c\x02" + struct.pack(">BH", kind, len(text)) + text for kind, text in sets)
    before = b"8BIM\x04\x25\0\0" + struct.pack(">I", 4) + SECRET[:4]
    content = b"Photoshop 3.0\0" + before + b"8BIM\x04\x04\0\0" + struct.pack(">I", len(block)) + block
    return b"\xff\xed" + struct.pack(">H", len(content) + 2) + content


def grain(size: tuple[int, int], seed: int) -> Image.Image:
    """No two pixels alike, and the same for ever."""
    return Image.frombytes("RGB", size, Random(seed).randbytes(3 * size[0] * size[1]))  # noqa: S311


def photo(kind: str, *, turned: int = 6, noise: int = 7, mode: str = "RGB", **how: Any) -> bytes:
    """A picture with all that its format can carry."""
    made, drawn = BytesIO(), grain((37, 23), noise).convert(mode)
    notes = PngInfo()
    notes.add_itxt("XML:com.adobe.xmp", XMP.decode())
    notes.add_text("Comment", SECRET.decode(), zip=False)
    notes.add_text("Author", SECRET.decode(), zip=True)
    notes.add_text("Copyright", "Bell")
    how = {"exif": told(turned), "xmp": XMP, "icc_profile": ICC, "comment": SECRET, "pnginfo": notes, **how}
    drawn.save(made, kind, **{name: one for name, one in how.items() if not (kind == "GIF" and name == "exif")})
    return made.getvalue()


def extended(body: bytes) -> bytes:
    """A JPEG with what Pillow does not write: IPTC, a thumbnail in JFIF, notes of makers, a second picture, a film."""
    own = iptc((80, b"Ida Bell"), (90, SECRET), (116, b"(c) Bell"))
    notes = b"".join(
        b"\xff" + bytes((marker,)) + struct.pack(">H", len(SECRET) + 2) + SECRET for marker in (0xE2, 0xE5, 0xEB, 0xEF)
    )
    return body[:2] + own + notes + body[2:] + body[:2] + own + body[2:] + SECRET


def seen(body: bytes) -> list[Any]:
    """All that a reader sees of a picture: every frame's pixels and time, colours, repeats, size."""
    with Image.open(BytesIO(body)) as picture:
        picture.load()
        frames: list[Any] = [
            picture.info.get("icc_profile"),
            picture.info.get("loop"),
            picture.info.get("dpi", (72, 72)),
        ]
        for number in range(getattr(picture, "n_frames", 1)):
            picture.seek(number)
            picture.load()
            frames.append((picture.mode, picture.size, picture.tobytes(), picture.info.get("duration")))
        picture.seek(0)
        frames.append(ImageOps.exif_transpose(picture).tobytes())
        return frames


@pytest.mark.parametrize("kind", KINDS)
@given(turned=st.integers(1, 8), noise=st.integers(0, 200), mode=st.sampled_from(("RGB", "L", "RGBA", "P")))
def test_every_pixel_stays_and_what_betrays_goes(kind: str, turned: int, noise: int, mode: str) -> None:
    mode = {"JPEG": "L" if mode == "L" else "RGB", "GIF": "P", "AVIF": "RGB", "WEBP": "RGBA"}.get(kind, mode)
    body = photo(kind, turned=turned, noise=noise, mode=mode)
    made = bare(body)
    assert SECRET in body
    assert SECRET not in made
    assert len(made) <= len(body)
    assert seen(made) == seen(body)
    assert bare(made) == made


@pytest.mark.parametrize("how", [{"progressive": True}, {"restart_marker_blocks": 1}, {"optimize": True}])
def test_a_jpeg_of_any_make_keeps_its_pixels_and_names(how: dict[str, Any]) -> None:
    body = extended(photo("JPEG", **how))
    made = bare(body)
    assert SECRET not in made
    assert SECRET[:4] not in made
    assert seen(made) == seen(body)
    with Image.open(BytesIO(made)) as picture:
        assert isinstance(picture, JpegImagePlugin.JpegImageFile)
        assert IptcImagePlugin.getiptcinfo(picture) == {(2, 80): b"Ida Bell", (2, 116): b"(c) Bell"}
        assert dict(picture.getexif()) == {0x0112: 6}
    assert bare(made) == made


def test_a_jpeg_of_four_inks_keeps_what_says_so() -> None:
    body = photo("JPEG", mode="CMYK")
    assert seen(bare(body)) == seen(body)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "AVIF"])
def test_of_xmp_the_names_stay(kind: str) -> None:
    with Image.open(BytesIO(bare(photo(kind)))) as picture:
        packet = picture.info["xmp"]
    assert b"Ida Bell" in packet
    assert b"Harbour &amp; Sons" in packet
    assert b"description" not in packet


@pytest.mark.parametrize(
    "packet", [b"<!DOCTYPE x [<!ENTITY a 'b'>]><x>&a;</x>", "<x>ü</x>".encode("utf-16"), b"<x", b"", XMP * 3]
)
def test_xmp_that_is_none_goes(packet: bytes) -> None:
    assert "xmp" not in Image.open(BytesIO(bare(photo("WEBP", xmp=packet)))).info


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "PNG", "AVIF"])
def test_an_animation_goes_on_moving(kind: str) -> None:
    frames = [grain((16, 12), seed) for seed in range(3)]
    made = BytesIO()
    how: dict[str, Any] = {"xmp": XMP} if kind in {"WEBP", "AVIF"} else {"comment": SECRET}
    frames[0].save(made, kind, save_all=True, append_images=frames[1:], duration=[40, 80, 120], loop=3, **how)
    assert seen(bare(made.getvalue())) == seen(made.getvalue())
    assert SECRET not in bare(made.getvalue())


@given(kind=st.sampled_from(KINDS), data=st.data())
def test_a_broken_picture_shows_what_it_showed_and_stops_nothing(kind: str, data: st.DataObject) -> None:
    whole = photo(kind)
    broken = bytearray(whole[: data.draw(st.integers(0, len(whole)))])
    for place in data.draw(st.lists(st.integers(0, max(0, len(broken) - 1)), max_size=3)) if broken else ():
        broken[place] = data.draw(st.integers(0, 255))
    made = bare(bytes(broken))
    assert bare(made) == made


@given(kind=st.sampled_from(("JPEG", "PNG")), part=st.floats(0.05, 1))
@example("JPEG", 0.97)
def test_a_picture_that_was_cut_short_shows_as_much_as_before(kind: str, part: float) -> None:
    plain = photo(kind, exif=b"", xmp=b"", comment=b"", pnginfo=None)
    cut = plain[: int(len(plain) * part)]

    def shown(body: bytes) -> bytes:
        try:
            with Image.open(BytesIO(body)) as picture:
                picture.load()
                return picture.tobytes()
        except (OSError, SyntaxError, ValueError):
            return b""

    assert shown(bare(cut)) == shown(cut)


def test_what_is_no_picture_stays_as_it_is() -> None:
    for body in (b"", b"\xff", b"<svg/>", b"RIFF", b"....ftyp", b"GIF"):
        assert bare(body) == body


@pytest.mark.parametrize("piece", [b"\xff\xe2\x00\x02", b"\xff\xd8"])
def test_a_file_of_millions_of_empty_parts_ends_early(piece: bytes) -> None:
    assert len(bare(b"\xff\xd8" + piece * 200_000)) == 2
