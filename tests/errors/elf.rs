//! Linux executables, as much of them as a deployer looks at.

/// The machine number of `x86_64`.
pub(crate) const X86_64: u8 = 62;
/// The machine number of arm64.
pub(super) const ARM64: u8 = 183;

/// A static executable for `machine`: its header, and `mark`.
pub(crate) fn executable(machine: u8, mark: &str) -> Vec<u8> {
    [header(machine).as_slice(), mark.as_bytes()].concat()
}

/// A dynamic executable for `x86_64` that needs the symbol version `needs` of the C library.
pub(super) fn linked(needs: &str) -> Vec<u8> {
    let loader = b"/lib64/ld-linux-x86-64.so.2\0";
    let strings = [b"\0libc.so.6\0", needs.as_bytes(), b"\0"].concat();
    let versions = versions();
    let loader_at = 64 + 56;
    let strings_at = loader_at + loader.len();
    let versions_at = strings_at + strings.len();
    let sections_at = versions_at + versions.len();
    let mut header = header(X86_64);
    // e_phoff, e_shoff, e_phnum, e_shnum, e_shstrndx.
    for (place, value) in [(32, 64), (40, sections_at), (56, 1), (60, 3), (62, 1)] {
        header[place..place + 2].copy_from_slice(&half(value));
    }
    [
        header,
        segment(3, loader_at, loader.len()),
        loader.to_vec(),
        strings.clone(),
        versions.clone(),
        section(0, 0, 0, 0),
        section(3, strings_at, strings.len(), 0),
        section(0x6fff_fffe, versions_at, versions.len(), 1),
    ]
    .concat()
}

fn header(machine: u8) -> Vec<u8> {
    let mut header = b"\x7fELF\x02\x01\x01".to_vec();
    header.resize(64, 0);
    // e_type, e_machine, e_version, e_ehsize, e_phentsize, e_shentsize.
    for (place, value) in [(16, 3), (18, machine), (20, 1), (52, 64), (54, 56), (58, 64)] {
        header[place] = value;
    }
    header
}

/// One library, whose name is at 1 of the strings, with one version, whose name is at 11.
fn versions() -> Vec<u8> {
    [half(1), half(1), word(1), word(16), word(0), word(0), half(0), half(2), word(11), word(0)].concat()
}

/// A program header; its type, and where in the file it is.
fn segment(kind: usize, at: usize, size: usize) -> Vec<u8> {
    [word(kind), word(4), long(at), long(0), long(0), long(size), long(size), long(1)].concat()
}

/// A section header; its type, where in the file it is, and the section of its strings.
fn section(kind: usize, at: usize, size: usize, strings: usize) -> Vec<u8> {
    let place = [long(0), long(0), long(at), long(size)].concat();
    let info = usize::from(kind > 3);
    [word(0), word(kind), place, word(strings), word(info), long(1), long(0)].concat()
}

fn half(value: usize) -> Vec<u8> {
    value.to_le_bytes()[..2].to_vec()
}

fn word(value: usize) -> Vec<u8> {
    value.to_le_bytes()[..4].to_vec()
}

fn long(value: usize) -> Vec<u8> {
    value.to_le_bytes()[..8].to_vec()
}
