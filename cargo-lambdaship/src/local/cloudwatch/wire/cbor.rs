//! CBOR as CloudWatch speaks it, to and from the values of JSON.
//!
//! A time is seconds since 1970 in both; in CBOR it also has tag 1, which is given to members by their names.

use minicbor::data::{IanaTag, Type};
use minicbor::decode::{Decoder, Error};
use minicbor::encode::Encoder;
use serde_json::{Map, Number, Value};

/// How deep a request may be nested; CloudWatch's are at most seven deep.
const DEEPEST: u32 = 32;

/// Reads one item, which must be the whole of `bytes`.
pub(crate) fn decode(bytes: &[u8]) -> Result<Value, Error> {
    let mut decoder = Decoder::new(bytes);
    let value = item(&mut decoder, DEEPEST)?;
    if decoder.position() == bytes.len() {
        Ok(value)
    } else {
        Err(Error::message("more follows the value").at(decoder.position()))
    }
}

fn item(decoder: &mut Decoder, depth: u32) -> Result<Value, Error> {
    let at = decoder.position();
    let depth = depth.checked_sub(1).ok_or_else(|| Error::message("nested too deep").at(at))?;
    Ok(match decoder.datatype()? {
        Type::Null | Type::Undefined => {
            decoder.skip()?;
            Value::Null
        }
        Type::Bool => decoder.bool()?.into(),
        Type::U8 | Type::U16 | Type::U32 | Type::U64 => decoder.u64()?.into(),
        Type::I8 | Type::I16 | Type::I32 | Type::I64 | Type::Int => decoder.i64()?.into(),
        Type::F16 | Type::F32 | Type::F64 => number(decoder.f64()?, at)?,
        Type::String | Type::StringIndef => text(decoder)?.into(),
        Type::Array | Type::ArrayIndef => list(decoder, depth)?,
        Type::Map | Type::MapIndef => members(decoder, depth)?,
        Type::Tag if decoder.tag()? == IanaTag::Timestamp => item(decoder, depth)?,
        other => return Err(Error::message(format!("{other} is nothing that a request holds")).at(at)),
    })
}

fn number(value: f64, at: usize) -> Result<Value, Error> {
    let number = Number::from_f64(value).ok_or_else(|| Error::message("not a finite number").at(at));
    number.map(Value::Number)
}

fn text(decoder: &mut Decoder) -> Result<String, Error> {
    decoder.str_iter()?.collect()
}

fn list(decoder: &mut Decoder, depth: u32) -> Result<Value, Error> {
    let mut left = decoder.array()?;
    let mut list = Vec::new();
    while more(decoder, &mut left)? {
        list.push(item(decoder, depth)?);
    }
    Ok(list.into())
}

fn members(decoder: &mut Decoder, depth: u32) -> Result<Value, Error> {
    let mut left = decoder.map()?;
    let mut members = Map::new();
    while more(decoder, &mut left)? {
        let name = text(decoder)?;
        members.insert(name, item(decoder, depth)?);
    }
    Ok(members.into())
}

/// Whether another item follows, of a known number or up to a break.
fn more(decoder: &mut Decoder, left: &mut Option<u64>) -> Result<bool, Error> {
    match left {
        Some(0) => Ok(false),
        Some(count) => {
            *count -= 1;
            Ok(true)
        }
        None if decoder.datatype()? == Type::Break => {
            decoder.skip()?;
            Ok(false)
        }
        None => Ok(true),
    }
}

/// Writes `value`.
pub(crate) fn encode(value: &Value) -> Vec<u8> {
    let mut bytes = Vec::new();
    // Writing to a Vec cannot fail.
    let _ = put(&mut Encoder::new(&mut bytes), value, false);
    bytes
}

type Put = Result<(), minicbor::encode::Error<std::convert::Infallible>>;

fn put(encoder: &mut Encoder<&mut Vec<u8>>, value: &Value, time: bool) -> Put {
    match value {
        Value::Null => encoder.null()?,
        Value::Bool(flag) => encoder.bool(*flag)?,
        Value::Number(number) => return put_number(encoder, number, time),
        Value::String(text) => encoder.str(text)?,
        Value::Array(list) => {
            encoder.array(list.len() as u64)?;
            return list.iter().try_for_each(|item| put(encoder, item, time));
        }
        Value::Object(members) => {
            encoder.map(members.len() as u64)?;
            return members.iter().try_for_each(|(name, item)| {
                encoder.str(name)?;
                put(encoder, item, name.ends_with("Timestamp") || name.ends_with("Timestamps"))
            });
        }
    };
    Ok(())
}

fn put_number(encoder: &mut Encoder<&mut Vec<u8>>, number: &Number, time: bool) -> Put {
    if time {
        encoder.tag(IanaTag::Timestamp)?;
    }
    match (number.as_i64(), number.as_f64()) {
        (Some(whole), _) => encoder.i64(whole)?,
        (None, value) => encoder.f64(value.unwrap_or_default())?,
    };
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let value = json!({
            "Timestamps": [1_795_000_000, 1_795_000_060.5],
            "Values": [0.5, -3, 1e300, u32::MAX],
            "Label": "p95 \u{e9}",
            "More": { "Flag": true, "Nothing": null, "Empty": [] },
        });
        assert_eq!(decode(&encode(&value)).unwrap(), value);
    }

    #[test]
    fn a_time_has_tag_1() {
        assert_eq!(encode(&json!({ "Timestamp": 1 })), b"\xa1\x69Timestamp\xc1\x01");
        assert_eq!(encode(&json!({ "Timestamps": [1] })), b"\xa1\x6aTimestamps\x81\xc1\x01");
        assert_eq!(encode(&json!({ "Value": 1 })), b"\xa1\x65Value\x01");
    }

    #[test]
    fn every_way_to_write_a_value_is_read() {
        let cases: [(&[u8], Value); 6] = [
            (b"\xbf\x61a\x01\xff", json!({ "a": 1 })),
            (b"\x9f\x01\x02\xff", json!([1, 2])),
            (b"\x7f\x61a\x61b\xff", json!("ab")),
            (b"\xf9\x3e\x00", json!(1.5)),
            (b"\xfa\x3f\xc0\x00\x00", json!(1.5)),
            (b"\xc1\xfb\x3f\xf8\x00\x00\x00\x00\x00\x00", json!(1.5)),
        ];
        for (bytes, value) in cases {
            assert_eq!(decode(bytes).unwrap(), value, "{bytes:x?}");
        }
    }

    #[test]
    fn what_is_no_request_is_refused() {
        let deep = [0x81; 40];
        let cases: [&[u8]; 8] =
            [b"", b"\x01\x01", b"\xa1\x01", b"\x41a", b"\xc2\x41a", b"\xf9\x7c\x00", b"\x9b\xff", &deep];
        for bytes in cases {
            assert!(decode(bytes).is_err(), "{bytes:x?}");
        }
    }
}
