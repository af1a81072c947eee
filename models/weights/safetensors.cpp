#include "models/weights/safetensors.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <nlohmann/json.hpp>
#include <unordered_set>
#include <vector>

#include "models/weights/budget.h"
#include "models/weights/elements.h"

namespace backlight {
namespace {

using nlohmann::json;

constexpr std::size_t kLengthBytes = 8;                // the header's length, before the header
constexpr std::uint64_t kLongestHeader = 100'000'000;  // as the format's own reader allows
constexpr std::size_t kAlignment = 8;

constexpr const char* kMetadata = "__metadata__";  // the one name in the header that is no tensor

struct NamedType {
  std::string_view name;
  ElementType type;
};
constexpr std::array kTypes = {
    NamedType{"F64", ElementType::f64}, NamedType{"F32", ElementType::f32},
    NamedType{"F16", ElementType::f16}, NamedType{"BF16", ElementType::bf16},
    NamedType{"I64", ElementType::i64}, NamedType{"I32", ElementType::i32},
    NamedType{"I16", ElementType::i16}, NamedType{"I8", ElementType::i8},
    NamedType{"U8", ElementType::u8},   NamedType{"BOOL", ElementType::boolean}};

const char* name_in_header(DType dtype) {
  switch (dtype) {
    case DType::f32: return "F32";
    case DType::f64: return "F64";
    case DType::i32: return "I32";
    case DType::i64: return "I64";
    case DType::u8: return "U8";
  }
  fail("unknown dtype ", static_cast<int>(dtype));
}

struct Record {
  std::string name;
  ElementType type;
  StridedView view;
  std::uint64_t begin, end;  // bytes after the header
};

// The header's length, checked against the file.
std::uint64_t header_length(std::span<const std::byte> file, const std::string& name) {
  std::uint64_t length = 0;
  require(file.size() >= kLengthBytes, name, " is cut short");
  std::memcpy(&length, file.data(), kLengthBytes);
  require(length <= kLongestHeader && length <= file.size() - kLengthBytes, name,
          " is cut short: its safetensors header should have ", length, " bytes");
  return length;
}

// Parses the header, which is a map of maps of strings and short lists, and collects the names of
// its entries in order. Deeper nesting and a repeated name are refused.
json parse_header(std::string_view text, const std::string& file, std::vector<std::string>& names) {
  constexpr int kDeepest = 3;
  std::unordered_set<std::string> seen;
  const auto watch = [&](int depth, json::parse_event_t event, json& parsed) {
    require(depth <= kDeepest, file, " has a safetensors header that is nested too deep");
    if (event != json::parse_event_t::key || depth != 1) return true;
    const auto& name = parsed.get_ref<const std::string&>();
    require(seen.insert(name).second, file, " has two entries named ", printable(name));
    if (name != kMetadata) names.push_back(name);
    return true;
  };
  json header = json::parse(text.begin(), text.end(), watch, false);
  require(header.is_object(), file, " has a damaged safetensors header; copy or download it again");
  return header;
}

// A list of integers, each in [0, 2^63).
std::vector<std::int64_t> integers(const json& entry, const char* key, const std::string& where) {
  std::vector<std::int64_t> out;
  const auto found = entry.find(key);
  require(found != entry.end() && found->is_array(), where, " has no ", key);
  for (const json& value : *found) {
    require(value.is_number_unsigned() && value.get<std::uint64_t>() >> 63 == 0, where, " has a ",
            key, " that is not a list of whole numbers");
    out.push_back(value.get<std::int64_t>());
  }
  return out;
}

Record parse_entry(const std::string& name, const json& entry, std::uint64_t data_size,
                   const std::string& where) {
  require(entry.is_object(), where, " is not described in the safetensors header");
  const auto dtype = entry.find("dtype");
  require(dtype != entry.end() && dtype->is_string(), where, " has no dtype");
  const auto& type_name = dtype->get_ref<const std::string&>();
  const auto type = std::ranges::find(kTypes, type_name, &NamedType::name);
  require(type != kTypes.end(), where, " holds elements of type ", printable(type_name),
          "; F64, F32, F16, BF16, I64, I32, I16, I8, U8 and BOOL are read");
  const auto offsets = integers(entry, "data_offsets", where);
  require(offsets.size() == 2 && offsets[0] <= offsets[1], where, " has malformed data_offsets");
  const auto begin = static_cast<std::uint64_t>(offsets[0]);
  const auto end = static_cast<std::uint64_t>(offsets[1]);
  require(end <= data_size, where, " ends at byte ", end, " of the data, which has only ",
          data_size, ": the file is cut short");
  StridedView view = contiguous_view(integers(entry, "shape", where), where);
  const std::size_t unit = size_of(type->type);
  check_view(view, static_cast<std::int64_t>((end - begin) / unit), where);
  const auto numel = static_cast<std::uint64_t>(Shape(view.shape).numel());
  require(numel * unit == end - begin, where, " has a shape of ", numel, " elements but ",
          end - begin, " bytes");
  return {name, type->type, std::move(view), begin, end};
}

// The entries must cover the data exactly, one after another, as the format demands.
void check_layout(const std::vector<Record>& records, std::uint64_t data_size,
                  const std::string& file) {
  std::vector<const Record*> by_offset;
  for (const Record& record : records) by_offset.push_back(&record);
  std::ranges::sort(by_offset, {}, [](const Record* r) { return std::pair(r->begin, r->end); });
  std::uint64_t at = 0;
  for (const Record* const record : by_offset) {
    require(record->begin == at, file, ": ", printable(record->name),
            record->begin < at ? " overlaps another entry" : " leaves a gap before it");
    at = record->end;
  }
  require(at == data_size, file, " has ", data_size - at, " bytes after its last entry");
}

// The header as JSON, in the order of `state`; `offsets` says where each entry begins.
std::string header_text(const StateDict& state,
                        const std::unordered_map<std::string, std::size_t>& offsets,
                        const std::map<std::string, std::string>& metadata) {
  nlohmann::ordered_json header = nlohmann::ordered_json::object();
  if (!metadata.empty()) header[kMetadata] = metadata;
  for (const auto& [name, tensor] : state) {
    require(name != kMetadata, "safetensors keeps the name ", kMetadata, " for itself; rename it");
    const std::size_t begin = offsets.at(name);
    header[name] = {{"dtype", name_in_header(tensor.dtype())},
                    {"shape", tensor.shape().extents()},
                    {"data_offsets", {begin, begin + tensor.nbytes()}}};
  }
  try {
    return header.dump();
  } catch (const json::type_error&) {
    fail("safetensors cannot hold a name that is not text in UTF-8; rename that entry");
  }
}

}  // namespace

WeightFile read_safetensors(std::span<const std::byte> file, const std::string& name,
                            const LoadOptions& options) {
  const std::uint64_t length = header_length(file, name);
  const std::span<const std::byte> data = file.subspan(kLengthBytes + length);
  std::vector<std::string> names;
  const json header = parse_header(as_text(file.subspan(kLengthBytes, length)), name, names);
  std::vector<Record> records;
  for (const std::string& entry : names)
    records.push_back(
        parse_entry(entry, header.at(entry), data.size(), name + ": " + printable(entry)));
  check_layout(records, data.size(), name);
  require(!records.empty(), name, " holds no weights");

  Budget budget(file.size(), name);
  WeightFile out{{}, "safetensors", ""};
  for (const Record& record : records) {
    budget.take(decoded_size(record.type, record.view, options.keep_f64));
    const auto bytes = data.subspan(record.begin, record.end - record.begin);
    out.state_dict.add(record.name, decode(record.type, bytes, record.view, options.keep_f64,
                                           name + ": " + printable(record.name)));
  }
  return out;
}

Bytes encode_safetensors(const StateDict& state,
                         const std::map<std::string, std::string>& metadata) {
  std::vector<const StateDict::Entry*> by_size;
  for (const std::size_t unit : {8, 4, 1})
    for (const StateDict::Entry& entry : state)
      if (size_of(entry.second.dtype()) == unit) by_size.push_back(&entry);
  std::unordered_map<std::string, std::size_t> offsets;
  std::size_t size = 0;
  for (const auto* const entry : by_size) {
    offsets[entry->first] = size;
    size += entry->second.nbytes();
  }

  std::string text = header_text(state, offsets, metadata);
  text.resize((text.size() + kAlignment - 1) / kAlignment * kAlignment, ' ');

  Bytes out(kLengthBytes + text.size() + size);
  const std::uint64_t length = text.size();
  std::memcpy(out.data(), &length, kLengthBytes);
  std::memcpy(out.data() + kLengthBytes, text.data(), text.size());
  std::byte* to = out.data() + kLengthBytes + text.size();
  for (const auto* const entry : by_size) {
    const Tensor elements = entry->second.dense();
    if (elements.nbytes() > 0) std::memcpy(to, elements.bytes(), elements.nbytes());
    to += elements.nbytes();
  }
  return out;
}

void write_safetensors(const std::filesystem::path& path, const StateDict& state,
                       const std::map<std::string, std::string>& metadata) {
  write_file_atomically(path, encode_safetensors(state, metadata));
}

}  // namespace backlight
