//! What an executable needs of the machine that runs it, and whether Lambda has it.

use std::io::{Read, Seek};

use camino::Utf8Path;
use object::Endianness;
use object::elf::{self, FileHeader64};
use object::read::elf::{FileHeader, ProgramHeader, SectionTable};
use object::read::{ReadCache, ReadRef};

use super::{Error, Refusal};
use crate::model::{Arch, Glibc};

type Header = FileHeader64<Endianness>;

/// The symbol version by which a linker asks for a loader that knows packed relocations, and the glibc that does.
const PACKED_RELOCATIONS: (&str, Glibc) = ("GLIBC_ABI_DT_RELR", Glibc(2, 36));

/// What the header and the dynamic section of a Linux executable say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Binary {
    /// The ELF machine number.
    pub machine: u16,
    /// Whether it is a 64-bit executable. Of others, nothing more is read.
    pub is_64bit: bool,
    /// The newest glibc version among the symbols that it needs; `None` when it needs none.
    pub glibc_need: Option<Glibc>,
    /// The loader that it names; `None` for a static executable.
    pub interpreter: Option<String>,
    /// The shared libraries that it links.
    pub libraries: Vec<String>,
}

impl Binary {
    /// The Lambda processor that it is for, if it is one.
    #[must_use]
    pub fn arch(&self) -> Option<Arch> {
        match self.machine {
            machine if machine == elf::EM_AARCH64.0 => Some(Arch::Arm64),
            machine if machine == elf::EM_X86_64.0 => Some(Arch::X86_64),
            _ => None,
        }
    }

    /// Whether it needs nothing but a kernel.
    #[must_use]
    pub fn is_static(&self) -> bool {
        self.interpreter.is_none() && self.libraries.is_empty()
    }
}

/// Reads the executable `file`; `None` when it is no ELF file or a broken one.
///
/// # Errors
/// When the file cannot be opened.
pub fn inspect(file: &Utf8Path) -> Result<Option<Binary>, Error> {
    Ok(read(fs_err::File::open(file)?))
}

/// Reads an executable from any place; `None` when it is no ELF file or a broken one.
pub fn read(mut source: impl Read + Seek) -> Option<Binary> {
    let mut ident = [0; 20];
    source.read_exact(&mut ident).ok()?;
    let [0x7f, b'E', b'L', b'F', class, order, .., low, high] = ident else { return None };
    if class != elf::ELFCLASS64.0 {
        let machine = [low, high];
        let machine = if order == 1 { u16::from_le_bytes(machine) } else { u16::from_be_bytes(machine) };
        return Some(Binary {
            machine,
            is_64bit: false,
            glibc_need: None,
            interpreter: None,
            libraries: vec![],
        });
    }
    read_64bit(&ReadCache::new(source)).ok()
}

/// The cache reads only the few places that are looked at, so a large file costs no memory.
fn read_64bit<'data, R: ReadRef<'data>>(data: R) -> object::read::Result<Binary> {
    let header = Header::parse(data)?;
    let endian = header.endian()?;
    let sections = header.sections(endian, data)?;
    let mut interpreter = None;
    for segment in header.program_headers(endian, data)? {
        interpreter = interpreter.or(segment.interpreter(endian, data)?.map(text));
    }
    let dynamic = sections.dynamic_table(endian, data)?;
    let needed = dynamic.iter().filter(|entry| entry.tag == elf::DT_NEEDED);
    let libraries = needed.map(|entry| dynamic.string(entry).map(text)).collect::<Result<_, _>>()?;
    Ok(Binary {
        machine: header.e_machine(endian).0,
        is_64bit: true,
        glibc_need: glibc_need(&sections, endian, data)?,
        interpreter,
        libraries,
    })
}

fn glibc_need<'data, R: ReadRef<'data>>(
    sections: &SectionTable<'data, Header, R>,
    endian: Endianness,
    data: R,
) -> object::read::Result<Option<Glibc>> {
    let Some((mut libraries, link)) = sections.gnu_verneed(endian, data)? else { return Ok(None) };
    let strings = sections.strings(endian, data, link)?;
    let mut need = None;
    while let Some((_, mut versions)) = libraries.next()? {
        while let Some(version) = versions.next()? {
            need = need.max(glibc_version(&text(version.name(endian, strings)?)));
        }
    }
    Ok(need)
}

/// The glibc that has the symbol version `name`; `None` for other libraries' and private ones.
fn glibc_version(name: &str) -> Option<Glibc> {
    let (relocations, glibc) = PACKED_RELOCATIONS;
    if name == relocations { Some(glibc) } else { Glibc::parse(name.strip_prefix("GLIBC_")?) }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Checks that what [`inspect`] found runs on a lambda on `arch` whose glibc is `limit`.
///
/// # Errors
/// The first reason why it would not.
pub fn verify(binary: Option<&Binary>, arch: Arch, limit: Glibc) -> Result<(), Refusal> {
    let binary = binary.ok_or(Refusal::NotElf)?;
    if !binary.is_64bit {
        return Err(Refusal::Not64Bit);
    }
    let built = binary.arch().ok_or(Refusal::UnknownMachine { machine: binary.machine })?;
    if built != arch {
        return Err(Refusal::WrongArch { built, lambda: arch });
    }
    match &binary.interpreter {
        None if binary.libraries.is_empty() => return Ok(()),
        None => return Err(Refusal::NoInterpreter { libraries: binary.libraries.join(", ") }),
        Some(named) if named != interpreter(arch) => {
            return Err(Refusal::WrongInterpreter {
                interpreter: named.clone(),
                expected: interpreter(arch),
            });
        }
        Some(_) => {}
    }
    match binary.glibc_need {
        Some(needs) if needs > limit => Err(Refusal::GlibcTooNew { needs, limit }),
        _ => Ok(()),
    }
}

/// The loader of `provided.al2023`.
fn interpreter(arch: Arch) -> &'static str {
    match arch {
        Arch::Arm64 => "/lib/ld-linux-aarch64.so.1",
        Arch::X86_64 => "/lib64/ld-linux-x86-64.so.2",
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::model::LAMBDA_GLIBC;

    /// The header of a static executable for `machine`, and nothing else.
    pub(in crate::package) fn header(machine: u8, bits: u8) -> Vec<u8> {
        let mut header = b"\x7fELF".to_vec();
        header.extend([if bits == 64 { 2 } else { 1 }, 1, 1]);
        header.resize(64, 0);
        // e_type, e_machine, e_version, e_ehsize, e_phentsize, e_shentsize.
        for (place, value) in [(16, 3), (18, machine), (20, 1), (52, 64), (54, 56), (58, 64)] {
            header[place] = value;
        }
        header
    }

    fn binary(machine: u16, glibc: Option<Glibc>, interpreter: Option<&str>) -> Binary {
        let libraries = interpreter.map(|_| "libc.so.6".to_owned()).into_iter().collect();
        Binary {
            machine,
            is_64bit: true,
            glibc_need: glibc,
            interpreter: interpreter.map(str::to_owned),
            libraries,
        }
    }

    #[test]
    fn what_lambda_cannot_run_is_refused_with_the_numbers() {
        let x86 = |glibc, loader| Some(binary(62, glibc, loader));
        let (gnu, musl) = (Some("/lib64/ld-linux-x86-64.so.2"), Some("/lib/ld-musl-x86_64.so.1"));
        let not_64bit = Binary { is_64bit: false, ..binary(3, None, None) };
        let no_loader = Binary { interpreter: None, ..binary(62, None, gnu) };
        for (binary, refused) in [
            (x86(Some(Glibc(2, 34)), gnu), None),
            (x86(None, None), None),
            (x86(Some(Glibc(2, 38)), gnu), Some("needs glibc 2.38, and Lambda's provided.al2023 has 2.34")),
            (
                x86(None, musl),
                Some(
                    "needs the loader `/lib/ld-musl-x86_64.so.1`, and Lambda's provided.al2023 has \
                     `/lib64/ld-linux-x86-64.so.2`",
                ),
            ),
            (Some(binary(183, None, None)), Some("is built for arm64, and its lambda is x86_64")),
            (
                Some(binary(243, None, None)),
                Some("is built for a processor that Lambda does not have (ELF machine 243)"),
            ),
            (Some(not_64bit), Some("is a 32-bit executable; Lambda runs 64-bit ones")),
            (
                Some(no_loader),
                Some("links shared libraries (libc.so.6) without naming a loader, so it cannot start"),
            ),
            (None, Some("is not a readable Linux executable (ELF)")),
        ] {
            let verdict = verify(binary.as_ref(), Arch::X86_64, LAMBDA_GLIBC);
            assert_eq!(verdict.err().map(|refusal| refusal.to_string()).as_deref(), refused, "{binary:?}");
        }
    }

    #[test]
    fn the_newest_glibc_symbol_counts() {
        for (name, expected) in [
            ("GLIBC_2.2.5", Some(Glibc(2, 2))),
            ("GLIBC_2.38", Some(Glibc(2, 38))),
            ("GLIBC_ABI_DT_RELR", Some(Glibc(2, 36))),
            ("GLIBC_PRIVATE", None),
            ("GCC_3.0", None),
        ] {
            assert_eq!(glibc_version(name), expected, "{name}");
        }
    }

    #[test]
    fn headers_are_read() {
        for (bytes, arch, is_64bit) in [
            (header(62, 64), Some(Arch::X86_64), true),
            (header(183, 64), Some(Arch::Arm64), true),
            (header(3, 32), None, false),
        ] {
            let binary = read(std::io::Cursor::new(bytes)).unwrap();
            assert_eq!((binary.arch(), binary.is_64bit, binary.is_static()), (arch, is_64bit, true));
        }
    }

    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    #[test]
    fn a_real_executable_is_read() {
        let binary = inspect(Utf8Path::new("/proc/self/exe")).unwrap().unwrap();
        let arch = binary.arch().unwrap();
        assert_eq!(binary.interpreter.as_deref(), Some(interpreter(arch)));
        assert!(binary.libraries.iter().any(|library| library == "libc.so.6"), "{:?}", binary.libraries);
        let needs = binary.glibc_need.unwrap();
        assert!(needs >= Glibc(2, 17), "{needs}");
        assert_eq!(verify(Some(&binary), arch, needs), Ok(()));
        let limit = Glibc(needs.0, needs.1 - 1);
        assert_eq!(verify(Some(&binary), arch, limit), Err(Refusal::GlibcTooNew { needs, limit }));
    }

    #[test]
    fn what_is_no_elf_file_or_a_broken_one_is_none() {
        let mut broken = b"\x7fELF\x02\x01\x01".to_vec();
        broken.resize(64, 0xff);
        for bytes in [&b""[..], b"#!/bin/sh\nexec something-else\n", &broken] {
            assert_eq!(read(std::io::Cursor::new(bytes)), None);
        }
    }
}
