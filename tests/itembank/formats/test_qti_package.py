"""QTI packages: what is harmless is tolerated, what is fatal is named, nothing else is lost."""

# ruff: noqa: E501 - markup is read more easily in one line

import io
import stat
import zipfile

import pytest

from itembank.errors import ItemBankError, sentence
from itembank.formats.draft import complete
from itembank.formats.qti_package import read_qti_package

V2 = "http://www.imsglobal.org/xsd/imsqti_v2p1"
PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\xc8\x00\x00\x00\x64rest"


def manifest(*hrefs, kind="imsqti_item_xmlv2p1", inside=""):
    resources = "".join(
        f'<resource identifier="r{n}" type="{kind}" href="{href}">{inside}<file href="{href}"/></resource>'
        for n, href in enumerate(hrefs)
    )
    return (
        '<manifest xmlns="http://www.imsglobal.org/xsd/imscp_v1p1" identifier="m">'
        f"<organizations/><resources>{resources}</resources></manifest>"
    ).encode()


def item(name="q1", text="Which?", extra=""):
    return (
        f'<assessmentItem xmlns="{V2}" identifier="{name}" title="T" adaptive="false" timeDependent="false">'
        '<responseDeclaration identifier="RESPONSE" cardinality="single" baseType="identifier">'
        f"<correctResponse><value>a</value></correctResponse></responseDeclaration>{extra}<itemBody>"
        f'<p>{text}</p><choiceInteraction responseIdentifier="RESPONSE" maxChoices="1">'
        '<simpleChoice identifier="a">A</simpleChoice><simpleChoice identifier="b">B</simpleChoice>'
        "</choiceInteraction></itemBody>"
        '<responseProcessing template="http://www.imsglobal.org/question/qti_v2p1/rptemplates/match_correct"/>'
        "</assessmentItem>"
    ).encode()


def zipped(files):
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return target.getvalue()


def read(**files):
    return read_qti_package(files)


def refused(data):
    with pytest.raises(ItemBankError) as caught:
        read_qti_package(data, "package.zip")
    assert all(sentence(caught.value, language) for language in ("en", "zh"))
    return caught.value.code


def test_a_folder_round_everything_and_what_macos_adds_do_no_harm():
    files = {
        "My export/imsmanifest.xml": manifest("items/a%20b.xml"),
        "My export/items/a b.xml": item(),
        "__MACOSX/My export/._imsmanifest.xml": b"junk",
        "My export/.DS_Store": b"junk",
    }
    draft = read_qti_package(zipped(files), "p.zip")
    assert (len(draft.items), draft.rejected, draft.notes) == (1, (), ())
    assert draft.items[0].source.file == "items/a b.xml"


def test_pictures_are_found_by_any_spelling_of_their_path():
    text = '<img src="../img/x &amp; y.png" alt=""/> <img src="img/Z.PNG" alt="z"/>'
    files = {
        "imsmanifest.xml": manifest("items/q.xml"),
        "items/q.xml": item(text=f"See {text}"),
        "img/x & y.png": b"one",
        "img/z.png": b"two",
    }
    draft = read_qti_package(zipped(files), "p.zip")
    assert draft.assets == {"figures/x & y.png": b"one", "figures/z.png": b"two"}
    assert "![](<figures/x & y.png>)" in draft.items[0].fields["stem"]["en"]


def test_two_pictures_of_one_name_stay_two():
    files = {"imsmanifest.xml": manifest("a/q.xml", "b/q.xml")}
    for folder in "ab":
        files[f"{folder}/q.xml"] = item(f"q{folder}", '<img src="x.png" alt=""/>')
        files[f"{folder}/x.png"] = folder.encode()
    draft = read_qti_package(files)
    assert draft.assets == {"figures/x.png": b"a", "figures/x-2.png": b"b"}
    assert draft.items[1].fields["figures"][0]["asset"] == "figures/x-2.png"


def test_a_damaged_item_in_the_middle_is_listed_and_the_others_come_in():
    files = {
        "imsmanifest.xml": manifest("1.xml", "2.xml", "3.xml"),
        "1.xml": item("q1"),
        "2.xml": item("q2").replace(b"</itemBody>", b"\n</wrong>"),
        "3.xml": item("q3"),
    }
    draft = read_qti_package(files)
    assert [one.fields["id"] for one in draft.items] == ["q1", "q3"]
    (one,) = draft.rejected
    assert (one.code, one.source.file, one.source.line) == ("xml-broken", "2.xml", 2)


def test_a_file_the_manifest_names_and_the_archive_lacks_is_listed():
    draft = read_qti_package({"imsmanifest.xml": manifest("1.xml", "gone.xml"), "1.xml": item()})
    assert len(draft.items) == 1
    assert [(one.code, one.details["value"]) for one in draft.rejected] == [
        ("qti-file-missing", "gone.xml")
    ]


def test_an_id_used_twice_is_made_two():
    files = {
        "imsmanifest.xml": manifest("1.xml", "2.xml"),
        "1.xml": item(),
        "2.xml": item(text="?"),
    }
    draft = read_qti_package(files)
    assert [one.fields["id"] for one in draft.items] == ["q1", "q1-2"]
    assert draft.items[1].findings[0].code == "qti-id-repeated"


def test_items_that_only_a_test_names_are_read_and_the_test_is_noted():
    test = (
        f'<assessmentTest xmlns="{V2}" identifier="t" title="Mock exam"><testPart identifier="p" '
        'navigationMode="linear" submissionMode="individual"><assessmentSection identifier="s" '
        'title="S" visible="true"><assessmentItemRef identifier="i" href="../q.xml"/>'
        '<assessmentItemRef identifier="j" href="none.xml"/></assessmentSection></testPart>'
        "</assessmentTest>"
    )
    files = {
        "imsmanifest.xml": manifest("tests/t.xml", kind="imsqti_test_xmlv2p1"),
        "tests/t.xml": test.encode(),
        "q.xml": item(),
    }
    draft = read_qti_package(files)
    assert len(draft.items) == 1
    assert [one.code for one in draft.rejected] == ["qti-file-missing"]
    (note,) = draft.notes
    assert (note.code, note.details["title"], note.details["count"]) == ("qti-test", "Mock exam", 2)


def test_items_under_one_stimulus_are_numbered_in_its_set():
    stimulus = (
        '<qti-assessment-stimulus xmlns="http://www.imsglobal.org/xsd/imsqtiasi_v3p0" '
        'identifier="case" title="Case"><qti-stimulus-body><p>A man of 60.</p>'
        '<p><img src="ct.png" alt="CT"/></p></qti-stimulus-body></qti-assessment-stimulus>'
    )
    reference = '<assessmentStimulusRef identifier="s" href="shared/case.xml" title="Case"/>'
    files = {
        "imsmanifest.xml": manifest("1.xml", "2.xml"),
        "1.xml": item("q1", extra=reference),
        "2.xml": item("q2", extra=reference),
        "shared/case.xml": stimulus.encode(),
        "shared/ct.png": b"ct",
    }
    first, second = (complete(one, "R1") for one in read_qti_package(files).items)
    assert (first.stimulus.id, first.stimulus.position, second.stimulus.position) == ("case", 1, 2)
    assert first.stimulus.text.en == "A man of 60.\n\n![CT](figures/ct.png)"


def test_a_passage_in_a_file_of_its_own_is_the_stimulus_of_qti_2():
    passage = b"<html><body><p>Read this passage.</p></body></html>"
    text = 'Why? <object data="passage.html" type="text/html"/>'
    files = {
        "imsmanifest.xml": manifest("1.xml"),
        "1.xml": item(text=text),
        "passage.html": passage,
    }
    (draft,) = read_qti_package(files).items
    assert draft.fields["stimulus"]["text"] == {"en": "Read this passage."}
    assert draft.fields["stem"] == {"en": "Why?"}


def test_keywords_and_topics_of_the_manifest_are_tags():
    lom = (
        "<metadata><lom><general><keyword><string>CT</string></keyword></general><classification>"
        "<taxonPath><taxon><entry><string>Physics</string></entry></taxon></taxonPath>"
        "</classification></lom></metadata>"
    )
    draft = read_qti_package({"imsmanifest.xml": manifest("1.xml", inside=lom), "1.xml": item()})
    assert draft.items[0].tags == ("CT", "Physics")


def test_a_pool_of_blackboard_is_read_from_the_file_its_manifest_names():
    pool = (
        "<questestinterop><assessment title='Pool'><section><item title='One'>"
        "<presentation><material><mattext>Which?</mattext></material>"
        "<response_lid ident='r' rcardinality='Single'><render_choice>"
        "<response_label ident='a'><material><mattext>A</mattext></material></response_label>"
        "<response_label ident='b'><material><mattext>B</mattext></material></response_label>"
        "</render_choice></response_lid></presentation><resprocessing><respcondition>"
        "<conditionvar><varequal respident='r'>a</varequal></conditionvar>"
        "<setvar>100</setvar></respcondition></resprocessing></item></section></assessment>"
        "</questestinterop>"
    )
    text = (
        '<manifest xmlns:bb="http://www.blackboard.com/content-packaging/" identifier="m">'
        '<organizations/><resources><resource bb:file="res00001.dat" bb:title="Pool" '
        'identifier="res00001" type="assessment/x-bb-qti-pool"/></resources></manifest>'
    )
    draft = read_qti_package({"imsmanifest.xml": text.encode(), "res00001.dat": pool.encode()})
    assert [one.fields["type"] for one in draft.items] == ["single_best"]


def test_an_export_of_canvas_holds_each_question_once():
    quiz = (
        b"<questestinterop><assessment ident='a' title='Quiz'><section><item ident='i1' title='One'>"
        b"<presentation><material><mattext texttype='text/html'>&lt;p&gt;See&lt;/p&gt;&lt;p&gt;"
        b'&lt;img src="$IMS-CC-FILEBASE$/Uploaded%20Media/a%20b.png?canvas_=1" alt="hand"&gt;'
        b"&lt;/p&gt;</mattext></material>"
        b"<response_lid ident='r' rcardinality='Single'><render_choice>"
        b"<response_label ident='a'><material><mattext>A</mattext></material></response_label>"
        b"<response_label ident='b'><material><mattext>B</mattext></material></response_label>"
        b"</render_choice></response_lid></presentation><resprocessing><respcondition>"
        b"<conditionvar><varequal respident='r'>a</varequal></conditionvar>"
        b"<setvar>100</setvar></respcondition></resprocessing></item></section></assessment>"
        b"</questestinterop>"
    )
    text = (
        '<manifest identifier="m"><organizations/><resources>'
        '<resource identifier="g1" type="imsqti_xmlv1p2/imscc_xmlv1p1/assessment">'
        '<file href="g1/assessment_qti.xml"/></resource>'
        '<resource identifier="g2" type="associatedcontent/imscc_xmlv1p1/learning-application-resource" '
        'href="g1/assessment_meta.xml"><file href="g1/assessment_meta.xml"/>'
        '<file href="non_cc_assessments/g1.xml.qti"/></resource></resources></manifest>'
    )
    draft = read_qti_package(
        {
            "imsmanifest.xml": text.encode(),
            "g1/assessment_qti.xml": quiz,
            "g1/assessment_meta.xml": b"<quiz identifier='g1'/>",
            "non_cc_assessments/g1.xml.qti": quiz,
            "web_resources/Uploaded Media/a b.png": b"hand",
        }
    )
    (one,) = draft.items
    assert one.fields["stem"] == {"en": "See"}
    assert one.fields["figures"][0]["asset"] == "figures/a b.png"
    assert draft.assets == {"figures/a b.png": b"hand"}
    assert [note.code for note in draft.notes] == ["qti-repeated"]
    assert draft.rejected == ()


def test_a_hot_spot_without_a_size_takes_it_from_its_picture():
    xml = (
        f'<assessmentItem xmlns="{V2}" identifier="h" title="T" adaptive="false" timeDependent="false">'
        '<responseDeclaration identifier="RESPONSE" cardinality="single" baseType="identifier">'
        "<correctResponse><value>a</value></correctResponse></responseDeclaration><itemBody>"
        '<hotspotInteraction responseIdentifier="RESPONSE" maxChoices="1"><prompt>Where?</prompt>'
        '<object data="x.png" type="image/png"/>'
        '<hotspotChoice identifier="a" shape="rect" coords="0,0,100,100"/></hotspotInteraction>'
        "</itemBody></assessmentItem>"
    )
    files = {"imsmanifest.xml": manifest("1.xml"), "1.xml": xml.encode(), "x.png": PNG}
    found = complete(read_qti_package(files).items[0], "R1")
    assert found.regions[0].coordinates == (0, 0, 0.5, 1)


# --- what must fail, and how ---


def test_an_archive_without_a_manifest_or_damaged_is_refused():
    assert refused(zipped({"choice.xml": item()})) == "qti-manifest-missing"
    assert refused(b"this is no zip") == "zip-broken"
    assert refused(zipped({"imsmanifest.xml": b"<manifest>"})) == "xml-broken"


def test_hostile_archives_are_refused():
    good = {"imsmanifest.xml": manifest("1.xml"), "1.xml": item()}
    assert refused(zipped(good | {"../evil.xml": b"x"})) == "zip-path"
    assert refused(zipped(good | {"big.xml": b"0" * 30_000_000})) == "zip-ratio"
    target = io.BytesIO(zipped(good))
    with zipfile.ZipFile(target, "a") as archive:
        link = zipfile.ZipInfo("link.xml")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(link, "/etc/passwd")
    assert refused(target.getvalue()) == "zip-link"
    target = io.BytesIO(zipped(good))
    with pytest.warns(UserWarning, match="Duplicate name"), zipfile.ZipFile(target, "a") as archive:
        archive.writestr("1.xml", b"again")
    assert refused(target.getvalue()) == "zip-duplicate"


@pytest.mark.parametrize(
    ("damage", "code"),
    [
        (b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>', "xml-unsafe"),
        (b"<assessmentItem>" + b"<p>" * 10_000, "xml-too-deep"),
        (b"", "file-empty"),
    ],
)
def test_a_hostile_item_is_listed_and_the_others_come_in(damage, code):
    files = {"imsmanifest.xml": manifest("1.xml", "2.xml"), "1.xml": damage, "2.xml": item()}
    draft = read_qti_package(files)
    assert len(draft.items) == 1
    assert [one.code for one in draft.rejected] == [code]


def test_a_name_in_a_chinese_code_page_is_understood():
    wrong = "图.png".encode("gb18030").decode("cp437")
    files = {
        "imsmanifest.xml": manifest("1.xml"),
        "1.xml": item(text='<img src="图.png" alt=""/>'),
        wrong: b"picture",
    }
    assert read_qti_package(files).assets == {"figures/图.png": b"picture"}
