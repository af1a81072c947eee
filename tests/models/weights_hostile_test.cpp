// Files that are damaged, or made to do harm: each must end in an Error, never in a crash, a hang
// or an empty memory.
#include <string>
#include <vector>

#include "models/weights/load.h"
#include "tests/models/weights_testing.h"

namespace backlight {
namespace {

using namespace testing;
using namespace testing::code;

void expect_error(const std::string& bytes, const std::string& expected) {
  const std::string message = error_of_reading(bytes);
  EXPECT_NE(message.find(expected), std::string::npos)
      << "expected \"" << expected << "\", got \"" << message << "\"";
  EXPECT_EQ(message.find('\n'), std::string::npos) << message;
}

std::string contents(const std::string& name) {
  return std::string(as_text(read_file(fixture(name))));
}

// A good file made by the helpers, so that the bad ones below are bad for one reason only.
TEST(HostileWeights, TheHelpersMakeAGoodFile) {
  const StateDict state = read(torch_zip(pickle(dict({{"w", tensor({})}})))).state_dict;
  ASSERT_EQ(state.size(), 1u);
  EXPECT_EQ(state.at("w").at(3), 3.5);
}

TEST(HostileWeights, TheContentsDecideNotTheName) {
  const std::string file = contents("checkpoint.pth");
  EXPECT_EQ(read_weights(bytes_of(file), "weights.safetensors").format, "PyTorch zip");
  const std::string other = contents("net.safetensors");
  EXPECT_EQ(read_weights(bytes_of(other), "weights.pth").format, "safetensors");
}

TEST(HostileWeights, EveryTruncationIsAnError) {
  for (const char* name :
       {"views.pth", "checkpoint_deflated.pth", "checkpoint_legacy.pth", "dtypes.safetensors"}) {
    const std::string whole = contents(name);
    for (std::size_t length = 0; length < whole.size(); ++length) {
      const std::string message = error_of_reading(whole.substr(0, length));
      ASSERT_NE(message, "") << name << " cut to " << length << " bytes";
      ASSERT_EQ(message.find('\n'), std::string::npos) << message;
    }
  }
}

TEST(HostileWeights, FlippedBitsLoadOrAreAnError) {
  for (const char* name :
       {"views.pth", "checkpoint_deflated.pth", "checkpoint_legacy.pth", "dtypes.safetensors"}) {
    std::string file = contents(name);
    int errors = 0;
    for (std::size_t i = 0; i < file.size(); ++i) {
      const char flip = static_cast<char>(1 << i % 8);
      file[i] = static_cast<char>(file[i] ^ flip);
      errors += !error_of_reading(file).empty();
      file[i] = static_cast<char>(file[i] ^ flip);
    }
    EXPECT_GT(errors, 0) << name;
    EXPECT_EQ(error_of_reading(file), "") << name;
  }
}

TEST(HostileWeights, FlippedBitsOfAStorageAreFoundByTheChecksum) {
  std::string file = torch_zip(pickle(dict({{"w", tensor({})}})));
  file[file.find(four_floats())] ^= 1;
  expect_error(file, "is damaged in its entry archive/data/0");
}

TEST(HostileWeights, NothingIsRun) {
  const std::string touch = tuple({text("touch /tmp/backlight_was_here")});
  for (const char* module : {"os", "posix", "nt"})
    expect_error(
        torch_zip(pickle(global(module, "system") + touch + "R")),
        std::string("bad.pth asks to run ") + module + ".system, but Backlight runs nothing");
  expect_error(torch_zip(pickle(global("builtins", "eval") + touch + "R")), "run builtins.eval");
  expect_error(torch_zip(pickle(global("__builtin__", "getattr") + touch + "R")),
               "run builtins.getattr");
  // Protocol 4 names a global by two strings on the stack.
  expect_error(torch_zip(pickle(text("subprocess") + text("Popen") + "\x93" + touch + "R")),
               "run subprocess.Popen");
  // Beside good weights, too.
  expect_error(
      torch_zip(pickle(dict({{"w", tensor({})}, {"x", global("os", "system") + touch + "R"}}))),
      "run os.system");
  // Names are not matched by their beginnings.
  expect_error(torch_zip(pickle(global("collections_", "OrderedDict") + ")R")), "collections_");
  expect_error(torch_zip(pickle(global("torch", "load") + touch + "R")), "run torch.load");
  // A name cannot write to the terminal.
  expect_error(torch_zip(pickle(global("os\x1b[2J", "system") + touch + "R")), "os?[2J.system");
}

TEST(HostileWeights, HarmlessRecordsBesideTheWeightsAreLeftAlone) {
  const std::string options =
      global("argparse", "Namespace") + ")\x81" + dict({{"name", text("net")}}) + "b";
  const WeightFile file =
      read(torch_zip(pickle(dict({{"args", options}, {"net", dict({{"w", tensor({})}})}}))));
  EXPECT_EQ(file.found, "net");
  EXPECT_EQ(file.state_dict.size(), 1u);
}

TEST(HostileWeights, ViewsStayWithinTheirStorage) {
  const std::int64_t huge = std::int64_t{1} << 62;
  const std::vector<std::pair<TensorCode, std::string>> cases = {
      {{.offset = 1}, "w reaches element 4 of a storage that has 4"},
      {{.offset = -1}, "impossible"},
      {{.offset = huge, .shape = {}, .strides = {}}, "w reaches element"},
      {{.shape = {5}}, "w reaches element 4"},
      {{.shape = {-1}}, "impossible"},
      {{.strides = {-1}}, "impossible"},
      {{.strides = {2}}, "w reaches element 6"},
      {{.shape = {2, 2}, .strides = {huge, 1}}, "w reaches element"},
      {{.shape = {4}, .strides = {huge}}, "impossible"},
      {{.shape = {huge, huge}, .strides = {0, 0}}, "impossible"},
      {{.shape = {huge}, .strides = {0}}, "impossible"},
      {{.shape = {std::int64_t{1} << 40}, .strides = {0}}, "32 times its size"},
      {{.shape = {2, 2}}, "2 axes but 1 strides"},
      {{.shape = std::vector<std::int64_t>(65, 1), .strides = std::vector<std::int64_t>(65, 1)},
       "65 axes"},
      {{.numel = 5}, "needs a storage of 5 elements, but it has 16 bytes"},
      {{.numel = -4}, "malformed reference"},
      {{.numel = huge}, "needs a storage"},
      {{.key = "1"}, "has no entry archive/data/1"},
      {{.key = "../data.pkl"}, "has no entry archive/data/../data.pkl"},
  };
  for (const auto& [bad, expected] : cases)
    expect_error(torch_zip(pickle(dict({{"w", tensor(bad)}}))), expected);
}

TEST(HostileWeights, MalformedPicklesAreErrors) {
  const std::string good = dict({{"w", tensor({})}});
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"", "cut short inside its pickle"},
      {".", "malformed"},  // nothing on the stack
      {"\x80\x09N.", "pickle of protocol 9"},
      {"q\x01.", "malformed"},  // remembers an empty stack
      {"h\x05.", "malformed"},  // recalls what was never remembered
      {"Nt.", "malformed"},     // a tuple without a mark
      {"(\x86.", "malformed"},  // reaches below the mark
      {"}(X\x01", "cut short"},
      {"}(Nu.", "malformed"},  // a key without a value
      {"NNs.", "malformed"},   // an item of None
      {"NR.", "malformed"},
      {"NN\x81.", "malformed"},
      {"NQ.", "holds no state dict"},
      {"cos", "malformed"},  // no end of line
      {"NN\x93.", "malformed"},
      {"\x8b\xff\xff\xff\xff.", "cut short"},
      {"X\xff\xff\xff\xff.", "cut short"},
      {"P0\n.", "opcode 80"},
      {"\x82\x01.", "opcode 130"},
      {good, "cut short"},  // no STOP
  };
  for (const auto& [code, expected] : cases) expect_error(torch_zip(code), expected);
}

TEST(HostileWeights, BombsOfNestingEndInAnError) {
  constexpr int kDeep = 1'000'000;
  expect_error(torch_zip(pickle(std::string(kDeep, ']') + std::string(kDeep - 1, 'a'))),
               "holds no state dict");
  expect_error(torch_zip(pickle(str("N", std::string(kDeep, '\x85')))), "holds no state dict");
  std::string dicts(1, '}');
  for (int i = 0; i < 10000; ++i) dicts = str("}", text("a"), dicts, "s");
  expect_error(torch_zip(pickle(dicts)), "holds no state dict");
  // A dict that holds itself.
  expect_error(torch_zip(pickle(str("}q\1", text("a"), "h\1s"))), "holds no state dict");
  // Each dict holds the one before it twice: 2^200 paths.
  std::string doubling = "}q\1";
  for (int i = 0; i < 200; ++i) doubling += str("0}(", text("a"), "h\1", text("b"), "h\1uq\1");
  expect_error(torch_zip(pickle(doubling)), "holds no state dict");
  // nn.Parameter of nn.Parameter of ...
  std::string parameter = "N";
  for (int i = 0; i < 1000; ++i)
    parameter = global("torch._utils", "_rebuild_parameter") + tuple({parameter}) + "R";
  expect_error(torch_zip(pickle(dict({{"w", parameter}}))), "holds no state dict");
}

TEST(HostileWeights, TooManyValuesAreAnError) {
  expect_error(torch_zip(pickle(str("(", std::string(5'000'000, 'N'), "t"))), "more than 4194304");
  expect_error(torch_zip(pickle(str("N", std::string(5'000'000, '2')))), "more than 4194304");
  expect_error(torch_zip(pickle(std::string(5'000'000, '('))), "more than 4194304");
  expect_error(torch_zip(pickle(str("N", std::string(5'000'000, '\x94')))), "more than 4194304");
}

// A deflate stream of `copies` * 258 + 1 zeros: one block of the fixed code, in which the length
// 258 is 11000101 and the distance 1 is 00000 (RFC 1951, section 3.2.6).
std::string deflated_zeros(int copies) {
  std::string out;
  int used = 8;
  const auto put = [&](const std::string& bits) {
    for (const char bit : bits) {
      if (used == 8) out += '\0', used = 0;
      out.back() = static_cast<char>(out.back() | (bit - '0') << used++);
    }
  };
  put("1"
      "10");        // the last block, fixed code
  put("00110000");  // the literal 0
  for (int i = 0; i < copies; ++i)
    put("11000101"
        "00000");
  put("0000000");  // the end
  return out;
}

TEST(HostileWeights, ZipBombsAreErrors) {
  const std::string data = pickle(dict({{"w", tensor({})}}));
  const std::string stream = deflated_zeros(400'000);  // 650 kB for 103 MB
  const std::uint32_t size = 400'000 * 258 + 1;
  const auto bomb = [&](std::uint32_t declared) {
    return zip({stored("a/data.pkl", data), {"a/data/0", stream, 8, declared, 0, 0}});
  };
  expect_error(bomb(size), "32 times its size");
  expect_error(bomb(0xfffffff0), "32 times its size");
  // Declares less than it holds.
  expect_error(bomb(16), "damaged in its entry a/data/0");
  // The pickle itself.
  expect_error(zip({{"a/data.pkl", stream, 8, size, 0, 0}}), "32 times its size");
  // Honest compression is read.
  const std::string zeros(258 * 3 + 1, '\0');
  const ZipEntry honest{"a/data/0", deflated_zeros(3), 8, 775, crc32(zeros), 0};
  const std::string view = dict({{"w", tensor({.numel = 775, .storage = "CharStorage"})}});
  EXPECT_EQ(error_of_reading(zip({stored("a/data.pkl", pickle(view)), honest})), "");
}

TEST(HostileWeights, OneStorageUnderManyNamesIsBounded) {
  std::string code = "}(";
  const std::string once = tensor({.numel = 1 << 18, .shape = {1 << 18}});
  code += text("w0") + once + "q\1";
  for (int i = 1; i < 200; ++i) code += text(str("w", i)) + "h\1";
  expect_error(torch_zip(pickle(code + "u"), std::string(1 << 20, '\0')), "32 times its size");
}

TEST(HostileWeights, OtherArchivesAreNamed) {
  const std::string data = pickle(dict({{"w", tensor({})}}));
  const ZipEntry object = stored("a/data.pkl", data), storage = stored("a/data/0", four_floats());
  expect_error(zip({stored("word/document.xml", "<x/>")}), "zip archive without data.pkl");
  expect_error(zip({}), "without data.pkl");
  expect_error(zip({object, storage, storage}), "two entries named a/data/0");
  expect_error(zip({object, stored("b/data.pkl", data), storage}), "more than one data.pkl");
  expect_error(zip({object, storage, stored("a/byteorder", "big")}), "big-endian");
  expect_error(zip({object, storage, stored("a/constants.pkl", "")}), "TorchScript");
  ZipEntry locked = storage;
  locked.flags = 1;
  expect_error(zip({object, locked}), "encrypted");
  ZipEntry odd = storage;
  odd.method = 12;
  expect_error(zip({object, odd}), "zip method 12");
}

TEST(HostileWeights, OtherFilesAreNamed) {
  expect_error("", "bad.pth is empty");
  expect_error("x", "neither a file of torch.save nor safetensors");
  expect_error("<!DOCTYPE html><html>", "web page");
  expect_error("version https://git-lfs.github.com/spec/v1\n", "Git LFS pointer");
  expect_error("{\"a\": 1, \"b\": 2}", "JSON");
  expect_error("GGUF\3\0\0\0", "GGUF");
  expect_error("\x89HDF\r\n\x1a\n", "HDF5");
  expect_error(std::string("\x93NUMPY\1\0", 8), "NumPy array");
  expect_error("\x1f\x8b\x08", "gzip");
  expect_error("\xff\xd8\xff\xe0 JFIF", "neither");
}

TEST(HostileWeights, LegacyFilesAreBoundedToo) {
  const std::string magic = pickle(std::string("\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19"));
  const std::string version = pickle(integer(1001));
  const std::string little = pickle(dict({{"little_endian", "\x88"}}));
  const std::string object = pickle(dict({{"w", tensor({})}}));
  const std::string keys = pickle(str("](", text("0"), "e"));
  const std::string data = little_endian<std::uint64_t>(4) + four_floats();
  EXPECT_EQ(error_of_reading(magic + version + little + object + keys + data), "");
  expect_error(magic + pickle(integer(7)) + little + object + keys + data, "unknown version");
  expect_error(magic + version + pickle(dict({{"little_endian", "\x89"}})) + object + keys + data,
               "big-endian");
  expect_error(magic + version + little + object + pickle("N") + data, "no list of its storages");
  expect_error(magic + version + little + object + pickle(str("](", text("9"), "e")) + data,
               "nothing refers to");
  expect_error(magic + version + little + object + pickle("]") + data, "lacks storage 0");
  for (const std::uint64_t count : {std::uint64_t{5}, ~std::uint64_t{0}, std::uint64_t{1} << 62})
    expect_error(magic + version + little + object + keys + little_endian(count) + four_floats(),
                 "cut short");
  expect_error(
      magic + version + little + object + keys + little_endian<std::uint64_t>(3) + four_floats(),
      "needs a storage of 4 elements, but it has 12 bytes");
}

TEST(HostileWeights, RepeatedAndUnprintableNamesAreErrors) {
  const std::string w = tensor({});
  expect_error(torch_zip(pickle(dict({{"w", w}, {"w", w}}))), "two entries named w");
  expect_error(torch_zip(pickle(dict({{"w\n", w}}))), "name is not text: w?");
}

}  // namespace
}  // namespace backlight
