#!/usr/bin/env python3
"""Makes the MSI of the programs, the policy module for NDES, the documents and the default configuration, by wixl, and by msibuild for the tables that wixl lacks.

    build.py --programs FOLDER --out FILE [--version N.N.N] [--commit ID] [--sign COMMAND]

--sign COMMAND is run with a file as its last argument, which it signs in place: each program, then the MSI. Without it, the same
programs and SOURCE_DATE_EPOCH give the same octets."""

import argparse
import hashlib
import os
import re
import shlex
import shutil
import subprocess
import tempfile
import time
import uuid
from pathlib import Path
from xml.sax.saxutils import quoteattr

import configuration
import tables

SOURCE = Path(__file__).resolve().parents[3]
PRODUCT = "Certificate Connector"
NAMES = uuid.uuid5(uuid.NAMESPACE_URL, "https://certconnector.invalid/msi")
UPGRADE = "{%s}" % str(uuid.uuid5(NAMES, "upgrade")).upper()
PROGRAMS = ("certconnector.exe", "certconnectord.exe", tables.MODULE)
CONFIGURATION = "data/certconnectord.conf"
FOLDERS = {"": "ProgramFolder", "data": "DataFolder", "doc": "DocFolder", "doc/guide": "GuideFolder", "schema": "SchemaFolder"}


def guid(name):
    return "{%s}" % str(uuid.uuid5(NAMES, name)).upper()


def run(*command, **options):
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, **options)
    if done.returncode != 0:
        raise SystemExit(f"{command[0]} failed:\n{done.stdout}{done.stderr}")
    return done.stdout


def version_of_the_tree():
    return re.search(r"set\(CC_VERSION ([0-9.]+)\)", (SOURCE / "common/cmake/version.cmake").read_text())[1]


def stage(folder, programs, sign):
    """Writes the files that the MSI installs: those of the program folder, and in data the configuration."""
    for name in ("data", "schema"):
        (folder / name).mkdir(parents=True)
    for name in PROGRAMS:
        run("x86_64-w64-mingw32-strip", "-o", folder / name, programs / name)
        if sign:
            run(*shlex.split(sign), folder / name)
    run("cmake", "-D", f"CC_DOCUMENTS={folder / 'doc'}", "-P", SOURCE / "packaging/documents.cmake")
    for page in sorted((SOURCE / "packaging/man").glob("*.[158]")):
        (folder / "doc" / f"{page.name}.html").write_text(run("mandoc", "-T", "html", "-O", "man=%N.%S.html", page))
    shutil.copy(SOURCE / "LICENSE", folder / "LICENSE.txt")
    shutil.copy(SOURCE / "packaging/windows/Setup-Ndes.ps1", folder)
    shutil.copy(SOURCE / "proto/management/openapi.yaml", folder / "doc")
    shutil.copy(SOURCE / "proto/registration/openapi.yaml", folder / "doc/registration-openapi.yaml")
    for schema in (SOURCE / "packaging/schema").glob("*.json"):
        shutil.copy(schema, folder / "schema")
    text = (SOURCE / "packaging/certconnectord.conf").read_text()
    (folder / CONFIGURATION).write_text(configuration.for_windows(text))


def files_of(folder):
    return sorted(str(file.relative_to(folder)) for file in folder.rglob("*") if file.is_file())


def component(file):
    return "File_" + re.sub(r"[^A-Za-z0-9.]", "_", file)


def product(files, version, commit):
    """The source of wixl: files, folders, and what describes the product."""
    inside = {folder: "" for folder in FOLDERS}
    for file in files:
        folder, _, name = file.rpartition("/")
        key = component(file)
        inside[folder] += (f'<Component Id="{key}" Guid="{guid("file/" + file)}" Win64="yes">'
                           f'<File Id="{key}" Name={quoteattr(name)} Source={quoteattr(file)} KeyPath="yes"/></Component>')
    parts, of_module = ("".join(f'<ComponentRef Id="{component(file)}"/>' for file in files if (file == tables.MODULE) is which)
                        for which in (False, True))
    data = "".join(f'<Directory Id="{key}" Name="{name}"/>' for key, name in
                   (("StateFolder", "state"), ("RunFolder", "run"), ("LogFolder", "logs"), ("BackupFolder", "backups")))
    return f"""<?xml version="1.0" encoding="utf-8"?>
<Wix xmlns="http://schemas.microsoft.com/wix/2006/wi">
  <Product Name="{PRODUCT}" Manufacturer="{PRODUCT}" Language="1033" Version="{version}"
           Id="{guid(f"product/{version}/{commit}")}" UpgradeCode="{UPGRADE}">
    <Package InstallerVersion="500" Compressed="yes" InstallScope="perMachine"/>
    <Media Id="1" Cabinet="certconnector.cab" EmbedCab="yes"/>
    <Directory Id="TARGETDIR" Name="SourceDir">
      <Directory Id="ProgramFiles64Folder"><Directory Id="ProgramFolder" Name="{PRODUCT}">{inside[""]}
        <Directory Id="DocFolder" Name="doc">{inside["doc"]}
          <Directory Id="GuideFolder" Name="guide">{inside["doc/guide"]}</Directory></Directory>
        <Directory Id="SchemaFolder" Name="schema">{inside["schema"]}</Directory>
      </Directory></Directory>
      <Directory Id="CommonAppDataFolder"><Directory Id="DataFolder" Name="{PRODUCT}">{inside["data"]}{data}</Directory></Directory>
      <Directory Id="System64Folder"/>
    </Directory>
    <Feature Id="Complete" Level="1" Title="{PRODUCT}">{parts}</Feature>
    <Feature Id="{tables.NDES}" Level="{tables.ON_REQUEST}" Title="Policy module for NDES">{of_module}</Feature>
  </Product>
</Wix>
"""


class Table:
    """One table of the database as text, which msibuild imports."""

    def __init__(self, name, columns, types, keys, rows):
        self.name, self.columns, self.types, self.keys, self.rows = name, columns, types, keys, rows

    @classmethod
    def exported(cls, msi, name):
        columns, types, keys, *rows = run("msiinfo", "export", msi, name).rstrip("\n").split("\n")
        return cls(name, columns.split("\t"), types.split("\t"), keys.split("\t")[1:], [row.rstrip("\r").split("\t") for row in rows])

    def write(self, folder):
        lines = [self.columns, self.types, [self.name, *self.keys]]
        lines += sorted([["" if value is None else str(value) for value in row] for row in self.rows])
        file = folder / f"{self.name}.idt"
        file.write_text("".join("\t".join(line) + "\r\n" for line in lines), newline="")
        return file


def added_tables(msi):
    """Those of tables.py, and those of wixl with the rows that it lacks."""
    version = dict(Table.exported(msi, "Property").rows)["ProductVersion"]
    for name, (columns, types, keys, rows) in sorted(tables.all_tables(UPGRADE, version).items()):
        yield Table(name, columns.split(), types.split(), columns.split()[:keys], rows)
    components = Table.exported(msi, "Component")
    for row in components.rows:
        if row[0] == component(CONFIGURATION):
            row[3] = str(int(row[3]) | tables.NEVER_OVERWRITE | tables.PERMANENT)
    added = tables.components(guid)
    components.rows += added
    features = Table.exported(msi, "FeatureComponents")
    features.rows += [["Complete", row[0]] for row in added]
    of_module = tables.module_components(guid)
    components.rows += of_module
    features.rows += [[tables.NDES, row[0]] for row in of_module]
    properties = Table.exported(msi, "Property")
    properties.rows += [list(item) for item in tables.properties().items()]
    yield from (components, features, properties)


def summary(msi, digest, seconds):
    """With the times and the code of the package that wixl makes anew each time."""
    table = Table.exported(msi, "_SummaryInformation")
    values = {int(row[0]): row for row in table.rows}
    for number in (12, 13):
        values[number][1] = time.strftime("%Y/%m/%d %H:%M:%S", time.gmtime(seconds))
    values[9][1] = guid("package/" + digest)
    return table


def digest_of(folder, files, texts):
    total = hashlib.sha256()
    for part in [text.encode() for text in texts] + [(folder / file).read_bytes() for file in files]:
        total.update(hashlib.sha256(part).digest())
    return total.hexdigest()


def build(options, folder):
    seconds = int(os.environ.setdefault("SOURCE_DATE_EPOCH", "1672531200"))  # strip reads it too
    os.environ["TZ"] = "UTC"
    staged = folder / "staged"
    stage(staged, options.programs.resolve(), options.sign)
    files = files_of(staged)
    for file in files:
        os.utime(staged / file, (seconds, seconds))
    text = product(files, options.version, options.commit)
    (staged / "product.wxs").write_text(text)
    msi = folder / "certconnector.msi"
    run("wixl", "-a", "x64", "-o", msi, "product.wxs", cwd=staged)
    written = [table.write(folder) for table in added_tables(msi)]
    digest = digest_of(staged, files, [text, *(file.read_text() for file in written)])
    written.append(summary(msi, digest, seconds).write(folder))
    run("msibuild", msi, *(word for file in written for word in ("-i", file)))
    if options.sign:
        run(*shlex.split(options.sign), msi)
    shutil.copyfile(msi, options.out)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--programs", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--version", default=version_of_the_tree())
    parser.add_argument("--commit", default="")
    parser.add_argument("--sign", metavar="COMMAND")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="certconnector-msi-") as folder:
        build(options, Path(folder))
    print(options.out)


if __name__ == "__main__":
    main()
