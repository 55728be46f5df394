"""XML that somebody sent is read in any encoding; what could harm is refused with its line."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from itembank.errors import ItemBankError, sentence
from itembank.formats.xml_safety import (
    MAX_XML_DEPTH,
    child_named,
    children_named,
    local_name,
    parse_xml,
)

LAUGHS = b"""<?xml version="1.0"?>
<!DOCTYPE lolz [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>
<lolz>&b;</lolz>"""
READS_A_FILE = b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><x>&e;</x>'
FETCHES = b'<!DOCTYPE x SYSTEM "http://example.org/x.dtd"><x/>'


def refused(data):
    with pytest.raises(ItemBankError) as caught:
        parse_xml(data, "a.xml")
    assert caught.value.where == "a.xml"
    assert all(sentence(caught.value, language) for language in ("en", "zh"))
    return caught.value


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "gb18030", "big5", "gb2312"])
def test_chinese_is_read_in_the_encoding_that_is_declared(encoding):
    text = f'<?xml version="1.0" encoding="{encoding}"?>\n<t>放射</t>'
    root = parse_xml(text.encode(encoding), "a.xml")
    assert (local_name(root), root.text, root.sourceline) == ("t", "放射", 2)


def test_a_wrong_declaration_does_not_damage_the_text():
    data = '<?xml version="1.0" encoding="utf-16"?><a>照射野大小的测量</a>'.encode()
    assert parse_xml(data, "a.xml").text == "照射野大小的测量"
    mark = b"\xef\xbb\xbf"
    assert parse_xml(mark + "<a>é</a>".encode(), "a.xml").text == "é"


@pytest.mark.parametrize("data", [LAUGHS, READS_A_FILE, FETCHES, LAUGHS.decode().encode("utf-16")])
def test_a_document_type_is_refused(data):
    assert refused(data).code == "xml-unsafe"


def test_the_usual_document_type_of_qti_1_2_is_harmless():
    data = b'<!DOCTYPE questestinterop SYSTEM "ims_qtiasiv1p2p1.dtd"><questestinterop/>'
    assert local_name(parse_xml(data, "a.xml")) == "questestinterop"


def test_an_entity_that_nobody_declared_is_a_mistake_in_the_file():
    assert refused(b"<a>&nbsp;</a>").code == "xml-broken"


def test_deep_nesting_is_refused():
    error = refused(b"<a>\n" * 10_000 + b"</a>" * 10_000)
    assert (error.code, error.details["line"]) == ("xml-too-deep", MAX_XML_DEPTH + 1)
    assert parse_xml(b"<a>" * MAX_XML_DEPTH + b"</a>" * MAX_XML_DEPTH, "a.xml") is not None


def test_too_many_elements_are_refused():
    assert refused(b"<a>" + b"<b/>" * 1_000_001 + b"</a>").code == "xml-too-many-elements"


def test_a_mistake_is_named_by_line_and_column():
    error = refused(b"<a>\n<b></c>\n</a>")
    assert (error.code, error.details["line"]) == ("xml-broken", 2)
    assert refused(b"  ").code == "file-empty"


def test_comments_and_instructions_are_left_out_and_namespaces_do_not_matter():
    root = parse_xml(b'<a xmlns="u:1"><!-- x --><?run y?><b/><c/><b/></a>', "a.xml")
    assert [local_name(child) for child in root] == ["b", "c", "b"]
    assert len(children_named(root, "b")) == 2
    assert child_named(root, "d") is None


@settings(deadline=None, max_examples=60)
@given(
    data=st.one_of(
        st.binary(max_size=80),
        st.text(alphabet="<>/&;!?[]ab'\" =x\0é题", max_size=40).map(str.encode),
    )
)
def test_any_bytes_are_a_tree_or_a_sentence(data):
    try:
        parse_xml(data, "a.xml")
    except ItemBankError as error:
        assert sentence(error, "en")
