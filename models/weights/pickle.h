// Python's pickle format, read as data. A pickle is a program for a stack machine that can name any
// function and call it; here a call only becomes an Object that records what would be called, and
// nothing is ever executed.
// Source: https://github.com/python/cpython/blob/main/Lib/pickletools.py
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <span>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace backlight::pickle {

struct Value;

struct None {};
struct List {
  std::vector<const Value*> items;
};
struct Tuple {
  std::vector<const Value*> items;
};
// Sets are kept as lists; dict, OrderedDict, defaultdict and Counter all as Dict, in order.
struct Dict {
  std::vector<std::pair<const Value*, const Value*>> items;
};
// A function or class by its name, such as "torch._utils._rebuild_tensor_v2".
struct Global {
  std::string name;
};
// What calling `callable` with `arguments` would have given. Attributes and items that the pickle
// sets on it afterwards are dropped: nobody reads them.
struct Object {
  const Global* callable;
  const Tuple* arguments;
};
// A reference to something outside the pickle, such as a tensor's storage.
struct Persistent {
  const Value* id;
};

struct Value {
  std::variant<None, bool, std::int64_t, double, std::string, List, Tuple, Dict, Global, Object,
               Persistent>
      data;

  template <typename T>
  const T* as() const {
    return std::get_if<T>(&data);
  }
};

// A read pickle. Values refer to each other, possibly in circles, so they live and die together.
struct Pickle {
  std::deque<Value> values;
  const Value* root = nullptr;
  std::size_t size = 0;  // bytes, up to and with the STOP opcode
};

// Reads the pickle at the start of `bytes`; more may follow it. Protocols 2 to 5. Errors, naming
// `file`: cut short or malformed, an opcode PyTorch does not write, far too many values, or a
// global that weights do not need (see allowed_global).
Pickle unpickle(std::span<const std::byte> bytes, const std::string& file);

// Whether weight files have a reason to name this global: the parts of PyTorch's tensors, and the
// harmless classes found in the records that people save beside them. Nothing is called either
// way; a name outside the list is the mark of a file that was made to do harm, or of a pickled
// model object.
bool allowed_global(std::string_view name);

}  // namespace backlight::pickle
