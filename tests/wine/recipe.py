"""What tests install on Windows, made on Linux by real tools: wixl, makensis, osslsigncode.

The certificates are made here and thrown away: one of an authority that a test has Windows trust, one of another.
"""

import os
import subprocess
import time
from pathlib import Path
from uuid import UUID, uuid5

from tests.wine import pe

NAME, MAKER, STRANGER = "Paper Crane", "Paper Crane Works", "Nobody In Particular"
OLD, NEW = "1.4.2", "2.0.7"
SPACE = UUID("5f0d6a8e-7f61-4b8e-9a0e-2f1f7c0a4d11")
SAYS = {"CompanyName": MAKER, "ProductName": NAME, "FileDescription": NAME, "ProductVersion": OLD}
WXS = """<?xml version="1.0" encoding="utf-8"?>
<Wix xmlns="http://schemas.microsoft.com/wix/2006/wi">
  <Product Id="*" Name="{name} {version}{bits}" Manufacturer="{maker}" Version="{version}" Language="1033"
           UpgradeCode="{upgrade}">
    <Package InstallerVersion="500" Compressed="yes" InstallScope="{scope}"/>
    <MajorUpgrade DowngradeErrorMessage="a newer one is there"/>
    <Media Id="1" Cabinet="a.cab" EmbedCab="yes"/>
    <CustomAction Id="Where" Property="ARPINSTALLLOCATION" Value="[INSTALLDIR]"/>
    <InstallExecuteSequence><Custom Action="Where" After="CostFinalize"/></InstallExecuteSequence>
    <Directory Id="TARGETDIR" Name="SourceDir">
      <Directory Id="{above}"><Directory Id="Programs" Name="{middle}"><Directory Id="INSTALLDIR" Name="{name}">
        <Component Id="Program" Guid="{component}" Win64="{win64}">
          <File Id="program" Name="PaperCrane.exe" Source="{file}" KeyPath="yes"/>
        </Component>
      </Directory></Directory></Directory>
    </Directory>
    <Feature Id="Main" Level="1"><ComponentRef Id="Program"/></Feature>
  </Product>
</Wix>
"""
# As most programs that need no administrator install themselves: in the user's own folder and registry.
NSI = r"""
Unicode true
Target amd64-unicode
RequestExecutionLevel user
SilentInstall silent
Name "{name}"
OutFile "{out}"
InstallDir "$LOCALAPPDATA\Programs\{name}"
!define KEY "Software\Microsoft\Windows\CurrentVersion\Uninstall\{name}"
Section
  SetOutPath "$INSTDIR"
  File "/oname=PaperCrane.exe" "{file}"
  WriteUninstaller "$INSTDIR\uninstall.exe"
  WriteRegStr HKCU "${{KEY}}" "DisplayName" "{name} {version}"
  WriteRegStr HKCU "${{KEY}}" "DisplayVersion" "{version}"
  WriteRegStr HKCU "${{KEY}}" "Publisher" "{maker}"
  WriteRegStr HKCU "${{KEY}}" "DisplayIcon" "$INSTDIR\PaperCrane.exe,0"
  WriteRegStr HKCU "${{KEY}}" "UninstallString" '"$INSTDIR\uninstall.exe"'
SectionEnd
Section "Uninstall"
  Delete "$INSTDIR\PaperCrane.exe"
  Delete "$INSTDIR\uninstall.exe"
  RMDir "$INSTDIR"
  DeleteRegKey HKCU "${{KEY}}"
SectionEnd
"""


def make(folder: Path) -> Path:
    """All of it, in a new folder."""
    made = folder / "made"
    made.mkdir()
    (made / "unsigned.exe").write_bytes(pe.program(says=SAYS))
    (made / "library.dll").write_bytes(pe.program(pe.LIBRARY, SAYS))
    for authority, signer in (("trusted", MAKER), ("strange", STRANGER)):
        _certificate(made, authority, signer)
        _run(
            *("osslsigncode", "sign", "-h", "sha256", "-certs", f"{authority}.signer.pem"),
            *("-key", f"{authority}.signer.key", "-in", "unsigned.exe", "-out", f"{authority}.exe"),
            folder=made,
        )
        # Wine judges a certificate at the file's own time, and a package keeps that without its zone.
        day = time.time() + 86400
        os.utime(made / f"{authority}.exe", (day, day))
    whole = bytearray((made / "trusted.exe").read_bytes())
    whole[pe.FILE * 2 + 1] ^= 1  # of its code
    (made / "tampered.exe").write_bytes(whole)
    _package(made, "machine-old.msi", OLD, "trusted.exe")
    _package(made, "machine-new.msi", NEW, "trusted.exe")
    _package(made, "machine-32.msi", OLD, "unsigned.exe", bits="x86")
    _package(made, "user.msi", OLD, "unsigned.exe", scope="perUser")
    for version, out in ((OLD, "user-old-setup.exe"), (NEW, "user-new-setup.exe")):
        text = NSI.format(name=NAME, out=out, file="unsigned.exe", version=version, maker=MAKER)
        (made / f"{out}.nsi").write_text(text, encoding="utf-8")
        _run("makensis", "-V1", f"{out}.nsi", folder=made)
    return made


def _package(made: Path, out: str, version: str, file: str, *, bits: str = "x64", scope: str = "perMachine") -> None:
    kind = f"{bits} {scope}"
    above = (
        "LocalAppDataFolder"
        if scope == "perUser"
        else "ProgramFiles64Folder"
        if bits == "x64"
        else "ProgramFilesFolder"
    )
    text = WXS.format(
        name=NAME,
        version=version,
        bits=" (x64)" if bits == "x64" else " (32-bit)",
        maker=MAKER,
        upgrade=str(uuid5(SPACE, kind)).upper(),
        component=str(uuid5(SPACE, f"component {kind}")).upper(),
        scope=scope,
        above=above,
        middle="Programs" if scope == "perUser" else MAKER,
        win64="yes" if bits == "x64" else "no",
        file=file,
    )
    (made / f"{out}.wxs").write_text(text, encoding="utf-8")
    _run("wixl", "-a", bits, "-o", out, f"{out}.wxs", folder=made)


def _certificate(made: Path, authority: str, signer: str) -> None:
    """An authority of its own, and a certificate by it that may sign code."""
    new = ("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "30", "-sha256", "-addext")
    _run(
        *new, "basicConstraints=critical,CA:TRUE", "-subj", f"/CN=Tests {authority} root",
        *("-keyout", f"{authority}.key", "-out", f"{authority}.pem"), folder=made,
    )  # fmt: skip
    _run(
        *new, "extendedKeyUsage=codeSigning", "-addext", "basicConstraints=critical,CA:FALSE",
        *("-subj", f"/C=NL/O={signer}/CN={signer}", "-CA", f"{authority}.pem", "-CAkey", f"{authority}.key"),
        *("-keyout", f"{authority}.signer.key", "-out", f"{authority}.signer.pem"), folder=made,
    )  # fmt: skip
    _run("openssl", "x509", "-in", f"{authority}.pem", "-outform", "DER", "-out", f"{authority}.der", folder=made)


def _run(*command: str, folder: Path) -> None:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=60, check=False)
    if done.returncode:
        raise RuntimeError(f"{command[0]}: {done.stdout}{done.stderr}")
