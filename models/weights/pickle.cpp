#include "models/weights/pickle.h"

#include <bit>
#include <cmath>
#include <cstring>
#include <unordered_map>

#include "models/weights/elements.h"
#include "models/weights/pickle_opcodes.h"
#include "tensor/error.h"

namespace backlight::pickle {
namespace {

// Real checkpoints have some hundred values a tensor-rich model, some hundred thousand with long
// records of losses.
constexpr std::size_t kMostValues = std::size_t{1} << 22;

// The stack machine. Values are only ever added; the stack, the marks and the memo point to them.
class Machine {
 public:
  Machine(std::span<const std::byte> bytes, const std::string& file) : bytes_(bytes), file_(file) {}

  Pickle run() {
    for (;;) {
      const auto op = read<unsigned char>();
      if (op == STOP) break;
      if (!push_scalar(op) && !push_text(op) && !use_memo(op) && !build_container(op) &&
          !build_object(op) && !move_stack(op))
        fail(file_, " uses pickle opcode ", static_cast<int>(op),
             ", which PyTorch does not write; it is damaged or not a weight file");
    }
    out_.root = pop();
    out_.size = position_;
    return std::move(out_);
  }

 private:
  [[noreturn]] void malformed() const {
    fail(file_, " holds a malformed pickle; the file is damaged, copy or download it again");
  }
  void check(bool condition) const {
    if (!condition) malformed();
  }

  // Reading.

  std::span<const std::byte> take(std::uint64_t count) {
    require(count <= bytes_.size() - position_, file_,
            " is cut short inside its pickle; copy or download it again");
    const auto taken = bytes_.subspan(position_, count);
    position_ += count;
    return taken;
  }
  template <typename T>
  T read() {
    T value;
    std::memcpy(&value, take(sizeof(T)).data(), sizeof(T));
    return value;
  }
  std::string text(std::uint64_t length) {
    const auto taken = take(length);
    return {reinterpret_cast<const char*>(taken.data()), taken.size()};
  }
  std::string line() {
    const std::byte* const begin = bytes_.data() + position_;
    const void* const end = std::memchr(begin, '\n', bytes_.size() - position_);
    check(end != nullptr);
    std::string out = text(static_cast<std::uint64_t>(static_cast<const std::byte*>(end) - begin));
    take(1);
    return out;
  }

  // A two's complement integer of any length. Beyond 64 bits, which no weights need, it becomes
  // the nearest double.
  void push_long(std::uint64_t length) {
    const auto digits = take(length);
    const bool negative = !digits.empty() && (digits.back() & std::byte{0x80}) != std::byte{0};
    if (digits.size() <= 8) {
      std::uint64_t value = negative ? ~std::uint64_t{0} : 0;
      std::memcpy(&value, digits.data(), digits.size());
      return push(static_cast<std::int64_t>(value));
    }
    double value = negative ? -1.0 : 0.0;
    for (std::size_t i = digits.size(); i-- > 0;)
      value = value * 256.0 + std::to_integer<int>(digits[i]);
    push(value);
  }

  // The stack.

  void limit(std::size_t count) const {
    require(count < kMostValues, file_, " holds a pickle of more than ", kMostValues,
            " values, which no weights need");
  }
  void push_again(Value* value) {
    limit(stack_.size());
    stack_.push_back(value);
  }
  template <typename T>
  void push(T data) {
    limit(out_.values.size());
    Value value;
    value.data = std::move(data);
    out_.values.push_back(std::move(value));
    push_again(&out_.values.back());
  }
  std::size_t floor() const { return marks_.empty() ? 0 : marks_.back(); }
  Value* top() {
    check(stack_.size() > floor());
    return stack_.back();
  }
  Value* pop() {
    Value* const value = top();
    stack_.pop_back();
    return value;
  }
  std::vector<const Value*> pop_last(std::size_t count) {
    check(stack_.size() - floor() >= count);
    const auto first = stack_.end() - static_cast<std::ptrdiff_t>(count);
    std::vector<const Value*> items(first, stack_.end());
    stack_.erase(first, stack_.end());
    return items;
  }
  std::vector<const Value*> pop_to_mark() {
    check(!marks_.empty());
    std::vector<const Value*> items = pop_last(stack_.size() - marks_.back());
    marks_.pop_back();
    return items;
  }

  // Each group of opcodes says whether `op` was one of its own.

  bool push_scalar(unsigned char op) {
    switch (op) {
      case NONE: push(None{}); return true;
      case NEWTRUE: push(true); return true;
      case NEWFALSE: push(false); return true;
      case BININT: push(std::int64_t{read<std::int32_t>()}); return true;
      case BININT1: push(std::int64_t{read<std::uint8_t>()}); return true;
      case BININT2: push(std::int64_t{read<std::uint16_t>()}); return true;
      case LONG1: push_long(read<std::uint8_t>()); return true;
      case LONG4: push_long(read<std::uint32_t>()); return true;
      case BINFLOAT:
        push(std::bit_cast<double>(__builtin_bswap64(read<std::uint64_t>())));
        return true;
      default: return false;
    }
  }

  bool push_text(unsigned char op) {
    switch (op) {
      case SHORT_BINSTRING:
      case SHORT_BINBYTES:
      case SHORT_BINUNICODE: push(text(read<std::uint8_t>())); return true;
      case BINSTRING:
      case BINBYTES:
      case BINUNICODE: push(text(read<std::uint32_t>())); return true;
      case BINBYTES8:
      case BINUNICODE8:
      case BYTEARRAY8: push(text(read<std::uint64_t>())); return true;
      case GLOBAL: {
        const std::string module = line();
        push_global(module, line());
        return true;
      }
      case STACK_GLOBAL: {
        const std::string* const name = pop()->as<std::string>();
        const std::string* const module = pop()->as<std::string>();
        check(name && module);
        push_global(*module, *name);
        return true;
      }
      default: return false;
    }
  }

  void push_global(std::string module, const std::string& member) {
    // The names that Python 2 had, which protocol 2 still writes.
    if (module == "__builtin__") module = "builtins";
    if (module == "copy_reg") module = "copyreg";
    const std::string name = module + "." + member;
    require(allowed_global(name), file_, " asks to run ", printable(name),
            ", but Backlight runs nothing from weight files; if this is a whole model that was "
            "pickled, save its weights alone with torch.save(model.state_dict(), path)");
    push(Global{name});
  }

  bool use_memo(unsigned char op) {
    switch (op) {
      case BINGET: recall(read<std::uint8_t>()); return true;
      case LONG_BINGET: recall(read<std::uint32_t>()); return true;
      case BINPUT: remember(read<std::uint8_t>()); return true;
      case LONG_BINPUT: remember(read<std::uint32_t>()); return true;
      case MEMOIZE: remember(static_cast<std::uint32_t>(memo_.size())); return true;
      default: return false;
    }
  }
  void remember(std::uint32_t index) {
    limit(memo_.size());
    memo_[index] = top();
  }
  void recall(std::uint32_t index) {
    const auto found = memo_.find(index);
    check(found != memo_.end());
    push_again(found->second);
  }

  bool build_container(unsigned char op) {
    switch (op) {
      case EMPTY_TUPLE: push(Tuple{}); return true;
      case TUPLE1: push(Tuple{pop_last(1)}); return true;
      case TUPLE2: push(Tuple{pop_last(2)}); return true;
      case TUPLE3: push(Tuple{pop_last(3)}); return true;
      case TUPLE: push(Tuple{pop_to_mark()}); return true;
      case EMPTY_LIST:
      case EMPTY_SET: push(List{}); return true;
      case FROZENSET: push(List{pop_to_mark()}); return true;
      case EMPTY_DICT: push(Dict{}); return true;
      case APPEND: {
        const auto items = pop_last(1);
        extend(*top(), items);
        return true;
      }
      case APPENDS:
      case ADDITEMS: {
        const auto items = pop_to_mark();
        extend(*top(), items);
        return true;
      }
      case SETITEM: {
        const auto items = pop_last(2);
        set_items(*top(), items);
        return true;
      }
      case SETITEMS: {
        const auto items = pop_to_mark();
        set_items(*top(), items);
        return true;
      }
      default: return false;
    }
  }

  void extend(Value& target, const std::vector<const Value*>& items) {
    if (List* const list = std::get_if<List>(&target.data)) {
      list->items.insert(list->items.end(), items.begin(), items.end());
    } else {
      check(target.as<Object>() != nullptr);
    }
  }
  void set_items(Value& target, const std::vector<const Value*>& items) {
    check(items.size() % 2 == 0);
    if (Dict* const dict = std::get_if<Dict>(&target.data)) {
      for (std::size_t i = 0; i < items.size(); i += 2)
        dict->items.emplace_back(items[i], items[i + 1]);
    } else {
      check(target.as<Object>() != nullptr);
    }
  }

  bool build_object(unsigned char op) {
    switch (op) {
      case REDUCE:
      case NEWOBJ: {
        const Value* const arguments = pop();
        call(*pop(), *arguments);
        return true;
      }
      case NEWOBJ_EX: {
        pop();  // keyword arguments
        const Value* const arguments = pop();
        call(*pop(), *arguments);
        return true;
      }
      case BUILD:
        pop();  // attributes
        check(top()->as<Object>() || top()->as<Dict>());
        return true;
      case BINPERSID: push(Persistent{pop()}); return true;
      default: return false;
    }
  }

  // Pushes what a call stands for: a Dict for the dict types, an Object for anything else.
  void call(const Value& callable, const Value& arguments) {
    const Global* const global = callable.as<Global>();
    const Tuple* const tuple = arguments.as<Tuple>();
    check(global && tuple);
    const bool keeps_order =
        global->name == "collections.OrderedDict" || global->name == "builtins.dict";
    if (!keeps_order && global->name != "collections.defaultdict")
      return push(Object{global, tuple});
    push(Dict{});
    // Python 2 gave an OrderedDict its items at once, as a list of [key, value].
    if (!keeps_order || tuple->items.empty()) return;
    const List* const pairs = tuple->items[0]->as<List>();
    check(pairs != nullptr);
    for (const Value* const pair : pairs->items) {
      const List* const list = pair->as<List>();
      const Tuple* const two = pair->as<Tuple>();
      check(list || two);
      const auto& items = list ? list->items : two->items;
      check(items.size() == 2);
      set_items(*top(), items);
    }
  }

  bool move_stack(unsigned char op) {
    switch (op) {
      case MARK:
        limit(marks_.size());
        marks_.push_back(stack_.size());
        return true;
      case POP:
        // With nothing above the mark, POP takes the mark itself.
        if (!marks_.empty() && stack_.size() == marks_.back()) {
          marks_.pop_back();
        } else {
          pop();
        }
        return true;
      case POP_MARK: pop_to_mark(); return true;
      case DUP: push_again(top()); return true;
      case PROTO: {
        const auto protocol = read<std::uint8_t>();
        require(protocol <= 5, file_, " is a pickle of protocol ", static_cast<int>(protocol),
                "; protocols up to 5 are read");
        return true;
      }
      case FRAME: take(8); return true;
      default: return false;
    }
  }

  std::span<const std::byte> bytes_;
  const std::string& file_;
  std::size_t position_ = 0;
  Pickle out_;
  std::vector<Value*> stack_;
  std::vector<std::size_t> marks_;
  std::unordered_map<std::uint32_t, Value*> memo_;
};

}  // namespace

Pickle unpickle(std::span<const std::byte> bytes, const std::string& file) {
  return Machine(bytes, file).run();
}

}  // namespace backlight::pickle
