"""Does a thumbnail look like its picture?"""

from io import BytesIO

import pytest
from PIL import Image, ImageCms

from services.render.adapters.thumbnails import WIDTH, shrink

COLOURS = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def photo(orientation: int, size: tuple[int, int] = (1600, 1000)) -> bytes:
    """A picture whose upper left quarter, as the camera saw it, is red."""
    picture = Image.new("RGB", size, "white")
    picture.paste((220, 20, 20), (0, 0, size[0] // 2, size[1] // 2))
    exif = Image.Exif()
    exif[0x0112] = orientation
    made = BytesIO()
    picture.save(made, "JPEG", exif=exif, icc_profile=COLOURS, comment=b"at home")
    return made.getvalue()


@pytest.mark.parametrize(
    ("orientation", "height", "red"),
    # Where the red quarter is once the picture stands as it was taken.
    [(1, 400, (0.25, 0.25)), (3, 400, (0.75, 0.75)), (6, 1024, (0.75, 0.25)), (8, 1024, (0.25, 0.75))],
)
def test_a_photo_stands_upright_however_the_camera_was_held(
    orientation: int, height: int, red: tuple[float, float]
) -> None:
    body, told = shrink(photo(orientation))
    opened = Image.open(BytesIO(body))
    # Its colours are those of its profile; what else the camera told stays behind.
    assert (opened.info["icc_profile"], dict(opened.getexif()), b"at home" in body) == (COLOURS, {}, False)
    small = opened.convert("RGB")
    assert (small.width, small.height, told) == (WIDTH, height, height)
    pixel = small.getpixel((int(small.width * red[0]), int(small.height * red[1])))
    assert isinstance(pixel, tuple)
    assert (pixel[0] > 180, pixel[1] < 80) == (True, True)
