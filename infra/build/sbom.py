"""Writes what is in each function as CycloneDX, to target/sbom/<function>.cdx.json.

    python infra/build/sbom.py health-event-router maintenance-reconciler

Listed is what is linked into the executable, and nothing that only builds or tests it. The same
sources give the same bytes: no time, and a serial number that comes from the content.
"""

import re
import sys
import uuid

from compilation import ROOT, TARGET, TARGETS, compiler
from crates import Crate, checksums, linked
from cyclonedx.model import ExternalReference, ExternalReferenceType, HashAlgorithm, HashType, XsUri
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.model.license import LicenseExpression
from cyclonedx.output.json import JsonV1Dot6
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from packageurl import PackageURL

# Stands in a list while its own serial number is made from it.
_NO_SERIAL_NUMBER = uuid.UUID(int=0)


def main(functions: list[str]) -> int:
    """Write one list for each of `functions`."""
    archives = checksums((ROOT / "Cargo.lock").read_text(encoding="utf-8"))
    for function in functions:
        crates = same_for_all(function)
        text = listed(crates, archives, compiler())
        path = TARGET / "sbom" / f"{function}.cdx.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        print(f"{path.relative_to(ROOT)}: {len(crates)} crates and Rust's standard library.")
    return 0


def same_for_all(function: str) -> list[Crate]:
    """The crates of `function`, which are to be the same on every architecture: one list is true
    of both packages."""
    found = {architecture: linked(function, architecture) for architecture in TARGETS}
    keys = {architecture: {crate.key for crate in crates} for architecture, crates in found.items()}
    differing = set.union(*keys.values()) - set.intersection(*keys.values())
    if differing:
        names = ", ".join(" ".join(key) for key in sorted(differing))
        sys.exit(f"{function}: not on every architecture: {names}; write a list for each")
    return next(iter(found.values()))


def listed(crates: list[Crate], archives: dict[tuple[str, str], str], rustc: str) -> str:
    """The list as JSON, of which the first of `crates` is the subject."""
    components = {crate.key: component(crate, archives.get(crate.key)) for crate in crates}
    function = components[crates[0].key]
    function.type = ComponentType.APPLICATION
    library = standard_library(rustc)
    bom = Bom(components=[*components.values(), library])
    bom.components.remove(function)
    bom.metadata.component = function
    for crate in crates:
        called = [components[key] for key in sorted(crate.calls)]
        bom.register_dependency(components[crate.key], [*called, library])
    bom.metadata.timestamp = None
    bom.serial_number = uuid.uuid5(uuid.NAMESPACE_OID, written(bom, _NO_SERIAL_NUMBER))
    return validated(written(bom, bom.serial_number))


def component(crate: Crate, checksum: str | None) -> Component:
    """How a list tells of one crate; only those from a registry have a checksum."""
    purl = PackageURL("cargo", name=crate.name, version=crate.version)
    repository = ExternalReference(type=ExternalReferenceType.VCS, url=XsUri(crate.repository))
    return Component(
        name=crate.name,
        version=crate.version,
        bom_ref=purl.to_string(),
        purl=None if crate.ours else purl,
        licenses=[LicenseExpression(expression(crate.licence))] if crate.licence else [],
        hashes=[HashType(alg=HashAlgorithm.SHA_256, content=checksum)] if checksum else [],
        external_references=[repository] if crate.repository else [],
    )


def standard_library(rustc: str) -> Component:
    """Rust's own library, which is linked into everything and in no Cargo.lock."""
    found = re.match(r"rustc (\S+)", rustc)
    if not found:
        raise ValueError(f"rustc --version: no version in {rustc!r}")
    return Component(
        name="std",
        version=found[1],
        bom_ref=f"rust-std@{found[1]}",
        purl=PackageURL("generic", name="rust-std", version=found[1]),
        licenses=[LicenseExpression("MIT OR Apache-2.0")],
    )


def expression(licence: str) -> str:
    """Older crates separate alternatives by a slash, which SPDX does not know."""
    return re.sub(r"\s*/\s*", " OR ", licence)


def written(bom: Bom, serial_number: uuid.UUID) -> str:
    """The list as text, in an order of the library's own that hangs on the content alone."""
    bom.serial_number = serial_number
    return JsonV1Dot6(bom).output_as_string(indent=1) + "\n"


def validated(text: str) -> str:
    """`text`, once it keeps to CycloneDX's own schema."""
    fault = JsonStrictValidator(SchemaVersion.V1_6).validate_str(text)
    if fault:
        raise ValueError(f"the list does not keep to CycloneDX 1.6: {fault}")
    return text


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
