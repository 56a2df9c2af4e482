"""Does text reach XML without what XML forbids, and otherwise as it is?"""

from hypothesis import example, given
from hypothesis import strategies as st

from services.render.domain.markup import clean

#: What XML 1.0 §2.2 allows, as it says it.
ALLOWED = ((0x9, 0xA), (0xD, 0xD), (0x20, 0xD7FF), (0xE000, 0xFFFD), (0x10000, 0x10FFFF))


def allowed(character: str) -> bool:
    return any(first <= ord(character) <= last for first, last in ALLOWED)


@given(
    st.text(st.characters(codec=None) | st.sampled_from("\x00\x0b\x1f\t\n\r\ud800\udfff\ufffd\ufffe\uffff\uff5e&<é"))
)
@example("\ufffe plain")
@example("half \ud800 a pair")
def test_what_xml_forbids_is_left_out_and_nothing_else(text: str) -> None:
    assert clean(text) == "".join(filter(allowed, text))
