"""Writes a bank as a QTI 3.0 package that `read_qti_package` reads back with the same content.

imsmanifest.xml          every item with its title, keywords and our labels (`qti_metadata`)
items/item-0001.xml      one file an item
stimuli/stimulus-1.xml   the text of a set, shared by its items
figures/...              the pictures
usage-data.xml           item parameters, when there are any (`qti_usage_data`)
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping

from itembank.bank import ItemBank
from itembank.errors import Finding
from itembank.formats.qti3_items import identifier_of, item_element, stimulus_element
from itembank.formats.qti3_text import make
from itembank.formats.qti_metadata import LABELS, OWN_ITEM, OWN_NAMESPACE
from itembank.formats.qti_usage_data import write_usage_data
from itembank.formats.xml_safety import Element
from itembank.item import Item, assets_of
from itembank.texts import LANGUAGES

NAMESPACES = {
    "qti-assessment-item": "http://www.imsglobal.org/xsd/imsqtiasi_v3p0",
    "qti-assessment-stimulus": "http://www.imsglobal.org/xsd/imsqtiasi_v3p0",
    "manifest": "http://www.imsglobal.org/xsd/qti/qtiv3p0/imscp_v1p1",
}
_QTI_METADATA = "http://www.imsglobal.org/xsd/imsqti_metadata_v3p0"
_LOM = "http://ltsc.ieee.org/xsd/LOM"
_INTERACTIONS = {
    "order": "orderInteraction",
    "matching": "matchInteraction",
    "hot_spot": "hotspotInteraction",
    "numeric": "textEntryInteraction",
    "short_text": "textEntryInteraction",
}


def write_qti3(
    bank: ItemBank, parameters: Mapping[str, Mapping[str, object]] | None = None
) -> tuple[bytes, tuple[Finding, ...]]:
    """The bank as a QTI 3.0 package; the same bank gives the same bytes.

    Parameters
    ----------
    parameters : by item id, what is known of an item's parameters; see `write_usage_data`.

    Returns
    -------
    bytes
        The zip.
    findings
        What the format cannot carry: the blueprint and the bank's own fields, pictures that are
        missing, and texts that another program's reading may change.
    """
    findings = [Finding("warning", "export-blueprint", bank.code)]
    files: dict[str, bytes] = {}
    resources: list[Element] = []
    stimuli: dict[str, str] = {}
    names: set[str] = set()
    for number, item in enumerate(bank.items, start=1):
        stimulus = _stimulus_file(item, stimuli, files, resources, findings)
        name = identifier_of(item.id, "i_")
        name = f"{name}-{number}" if name in names else name
        names.add(name)
        root, changed = item_element(item, name, f"../{stimulus}" if stimulus else "", bank.assets)
        path = f"items/item-{number:04d}.xml"
        files[path] = _bytes(root)
        findings += [
            Finding("warning", "export-text", item.id, {"value": part}) for part in changed
        ]
        findings += [
            Finding("warning", "figure-missing", item.id, {"asset": asset})
            for asset in assets_of(item)
            if asset not in bank.assets
        ]
        resources.append(_item_resource(item, name, path, stimulus, bank.assets))
    files |= bank.assets
    if parameters:
        files["usage-data.xml"] = write_usage_data(bank, parameters)
        about = {"identifier": "usage-data", "type": "qtiusagedata/xml"}
        resources.append(
            make("resource", about | {"href": "usage-data.xml"}, _file("usage-data.xml"))
        )
    files["imsmanifest.xml"] = _bytes(_manifest(bank, resources))
    return _zip(files), tuple(findings)


def _stimulus_file(
    item: Item,
    stimuli: dict[str, str],
    files: dict[str, bytes],
    resources: list[Element],
    findings: list[Finding],
) -> str:
    """Path of the file with the item's shared text, written the first time; "" for none."""
    if item.stimulus is None:
        return ""
    shared = repr((item.stimulus.id, item.stimulus.text, item.stimulus.figures))
    if shared not in stimuli:
        name = f"stimulus-{len(stimuli) + 1}"
        stimuli[shared] = path = f"stimuli/{name}.xml"
        root, changed = stimulus_element(item.stimulus, name)
        files[path] = _bytes(root)
        findings += [
            Finding("warning", "export-text", item.id, {"value": part}) for part in changed
        ]
        about = {"identifier": name, "type": "imsqti_stimulus_xmlv3p0", "href": path}
        resources.append(make("resource", about, _file(path)))
    return stimuli[shared]


def _file(path: str) -> Element:
    return make("file", {"href": path})


def _item_resource(
    item: Item, name: str, path: str, stimulus: str, assets: Mapping[str, bytes]
) -> Element:
    about = {"identifier": f"res-{name}", "type": "imsqti_item_xmlv3p0", "href": path}
    resource = make("resource", about, _metadata(item), _file(path))
    resource.extend(_file(asset) for asset in assets_of(item) if asset in assets)
    if stimulus:
        about = {"identifierref": stimulus.removeprefix("stimuli/").removesuffix(".xml")}
        resource.append(make("dependency", about))
    return resource


def _metadata(item: Item) -> Element:
    """LOM for everybody, QTI metadata, and our labels in a namespace of our own."""
    keywords = [item.competency, item.sub_topic, *item.posts]
    general = make("general", None, _lom("identifier", "entry", item.id))
    general.append(_lom("title", "string", item.id))
    general.extend(_lom("keyword", "string", word) for word in keywords if word)
    lom = make("lom", {"xmlns": _LOM}, general)
    kind = make("interactionType")
    kind.text = _INTERACTIONS.get(item.type, "choiceInteraction")
    feedback = make("feedbackType")
    has_feedback = item.rule or any(choice.reason for choice in item.choices)
    feedback.text = "nonadaptive" if has_feedback else "none"
    qti = make("qtiMetadata", {"xmlns": _QTI_METADATA}, kind, feedback)
    return make("metadata", None, lom, qti, _own(item))


def _lom(name: str, part: str, text: str) -> Element:
    node = make(part)
    node.text = text
    return make(name, None, node)


def _own(item: Item) -> Element:
    own = make(OWN_ITEM, {"xmlns": OWN_NAMESPACE})
    for name in LABELS:
        value = getattr(item, name)
        if value:
            own.set(name, value)
    for post in item.posts:
        own.append(_named("post", post))
    for enemy in item.enemies:
        own.append(_named("enemy", enemy))
    for answer in item.accepted:
        texts = {language: getattr(answer, language) for language in answer.languages}
        own.append(make("answer", {name: texts[name] for name in LANGUAGES if name in texts}))
    if item.stimulus is not None:
        own.set("position", str(item.stimulus.position))
        own.set("irreversible", str(item.stimulus.irreversible).lower())
    return own


def _named(name: str, text: str) -> Element:
    node = make(name)
    node.text = text
    return node


def _manifest(bank: ItemBank, resources: list[Element]) -> Element:
    schema, version = _named("schema", "QTI Package"), _named("schemaversion", "3.0.0")
    titles = [_named("string", getattr(bank.name, lang)) for lang in bank.name.languages]
    general = make("general", None, make("title", None, *titles))
    lom = make("lom", {"xmlns": _LOM}, general)
    if bank.licence:
        description = make("description", None, _named("string", bank.licence))
        lom.append(make("rights", None, description))
    return make(
        "manifest",
        {"identifier": f"bank-{bank.code}"},
        make("metadata", None, schema, version, lom),
        make("organizations"),
        make("resources", None, *resources),
    )


def _bytes(root: Element) -> bytes:
    """The file's XML; the root declares the namespace of all elements without one of their own."""
    from lxml import etree

    name = str(root.tag)
    text = etree.tostring(root, encoding="unicode")
    text = text.replace(f"<{name}", f'<{name} xmlns="{NAMESPACES[name]}"', 1)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{text}\n'.encode()


def _zip(files: Mapping[str, bytes]) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name, data in sorted(files.items()):
            entry = zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.create_system = 3
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, data)
    return target.getvalue()
