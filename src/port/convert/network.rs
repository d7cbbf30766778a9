//! inet, cidr and MAC addresses as PostgreSQL prints them.

use std::io::Write as _;
use std::net::{Ipv4Addr, Ipv6Addr};

use super::wire::{Reader, fixed};
use super::{Decoded, damaged};

/// Writes `192.168.0.1`, `10.0.0.0/8`, `2001:db8::/32`: the mask of an inet only where it is not that of a single host.
pub(super) fn write_inet(bytes: &[u8], out: &mut Vec<u8>) -> Decoded<()> {
    let mut reader = Reader::new(bytes);
    let family = reader.u8()?;
    let bits = reader.u8()?;
    let is_cidr = reader.u8()? != 0;
    let length = reader.u8()?;
    let address = reader.rest();
    if usize::from(length) != address.len() {
        return damaged("it does not have the length that it says");
    }
    let host = match family {
        2 => {
            let [a, b, c, d]: [u8; 4] = fixed(address)?;
            let _ = write!(out, "{}", Ipv4Addr::new(a, b, c, d));
            32
        }
        3 => {
            write_v6(fixed(address)?, out);
            128
        }
        _ => return damaged("its address family is unknown"),
    };
    if is_cidr || bits != host {
        let _ = write!(out, "/{bits}");
    }
    Ok(())
}

/// Writes an IPv6 address with the first of the longest runs of zero words as `::`, and the last four bytes dotted where they are
/// an IPv4 address (`::ffff:1.2.3.4`, `::1.2.3.4`), as the C library functions of BIND do that PostgreSQL took over.
fn write_v6(bytes: [u8; 16], out: &mut Vec<u8>) {
    let address = Ipv6Addr::from(bytes);
    let words = address.segments();
    let zeros = words.iter().take_while(|w| **w == 0).count();
    let [.., next, high, low] = words;
    if zeros == 6 {
        let [a, b] = high.to_be_bytes();
        let [c, d] = low.to_be_bytes();
        let _ = write!(out, "::{a}.{b}.{c}.{d}");
    } else if zeros == 5 && next == 0xffff {
        let [a, b] = high.to_be_bytes();
        let [c, d] = low.to_be_bytes();
        let _ = write!(out, "::ffff:{a}.{b}.{c}.{d}");
    } else {
        let _ = write!(out, "{address}");
    }
}

/// Writes `08:00:2b:01:02:03`.
pub(super) fn write_mac(bytes: &[u8], out: &mut Vec<u8>) {
    for (place, byte) in bytes.iter().enumerate() {
        if place > 0 {
            out.push(b':');
        }
        super::text::push_hex(&[*byte], out);
    }
}
