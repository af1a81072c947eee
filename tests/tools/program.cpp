#include "tests/tools/program.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>

#include "models/demo/scene.h"
#include "models/weights/safetensors.h"
#include "tensor/file.h"

extern char** environ;

namespace backlight::testing {
namespace {

namespace fs = std::filesystem;

// Starts the program; its process id.
int start(const Words& words, const fs::path& folder, const std::string& out,
          const std::string& err) {
  std::vector<std::string> copies{BACKLIGHT_PROGRAM};
  copies.insert(copies.end(), words.begin(), words.end());
  std::vector<char*> arguments;
  for (std::string& word : copies) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  const int flags = O_WRONLY | O_CREAT | O_TRUNC;
  posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, out.c_str(), flags, 0600);
  posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, err.c_str(), flags, 0600);
  posix_spawn_file_actions_addchdir_np(&actions, folder.c_str());
  pid_t process = 0;
  const int error =
      posix_spawn(&process, BACKLIGHT_PROGRAM, &actions, nullptr, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  require(error == 0, "cannot start ", BACKLIGHT_PROGRAM);
  return process;
}

std::string contents(const fs::path& file) { return std::string(as_text(read_file(file))); }

}  // namespace

ProgramTest::ProgramTest() {
  std::string name = (fs::path(::testing::TempDir()) / "backlight_XXXXXX").string();
  require(mkdtemp(name.data()) != nullptr, "cannot make the folder ", name);
  folder_ = name;
  // On any machine alike: with a GPU, and with a GPU's kernels but none to run them.
  setenv("BACKLIGHT_DEVICE", "cpu", 1);
}

ProgramTest::~ProgramTest() {
  std::error_code ignored;
  fs::remove_all(folder_, ignored);
}

ProgramResult ProgramTest::run(const Words& words, const std::string& out,
                               const std::function<void(int)>& while_running) const {
  // What it prints goes into files beside the folder: a pipe that is full would stop it.
  const std::string out_file = out.empty() ? folder_.string() + ".out" : out;
  const std::string err_file = folder_.string() + ".err";
  const int process = start(words, folder_, out_file, err_file);
  if (while_running) while_running(process);
  int status = 0;
  require(waitpid(process, &status, 0) == process, "cannot wait for the program");
  ProgramResult result;
  if (WIFEXITED(status)) result.exit_code = WEXITSTATUS(status);
  if (WIFSIGNALED(status)) result.signal = WTERMSIG(status);
  if (out.empty()) result.out = contents(out_file);
  result.err = contents(err_file);
  if (out.empty()) fs::remove(out_file);
  fs::remove(err_file);
  return result;
}

std::string ProgramTest::run_well(const Words& words) const {
  const ProgramResult result = run(words);
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_EQ(result.err, "");
  return result.out;
}

void ProgramTest::run_badly(const Words& words, const Words& fragments, int exit_code) const {
  std::string line = "backlight";
  for (const std::string& word : words) line += " " + word;
  SCOPED_TRACE(line);
  const ProgramResult result = run(words);
  EXPECT_EQ(result.exit_code, exit_code) << result.out << result.err;
  EXPECT_EQ(result.signal, 0);
  expect_one_sentence(result.err);
  for (const std::string& fragment : fragments)
    EXPECT_NE(result.err.find(fragment), std::string::npos)
        << "'" << fragment << "' is not in: " << result.err;
}

void ProgramTest::write(const std::string& name, const std::string& bytes) const {
  fs::create_directories((folder_ / name).parent_path());
  write_file_atomically(folder_ / name, std::string_view(bytes));
}

std::string ProgramTest::read(const std::string& name) const { return contents(folder_ / name); }

nlohmann::json ProgramTest::json(const std::string& name) const {
  return nlohmann::json::parse(read(name));
}

Words ProgramTest::listing(const std::string& beneath) const {
  Words names;
  const fs::path root = folder_ / beneath;
  if (!fs::exists(root)) return names;
  for (const auto& entry : fs::recursive_directory_iterator(root))
    names.push_back(fs::relative(entry.path(), root).string());
  std::sort(names.begin(), names.end());
  return names;
}

void ProgramTest::write_photo(const std::string& name, int label, int n) const {
  const Scene scene = render_scene(label, static_cast<std::uint64_t>(n), 40);
  write(name, encode_png(resize_bilinear(scene.image, 40, 30)));
}

StateDict ProgramTest::write_weights(const std::string& name, std::uint64_t seed) const {
  FoodCnnConfig config = FoodCnnConfig::course(32);
  config.input_size = 32;
  FoodCnn model(config);
  model.initialise(seed);
  // PyTorch's initialisation lets the signal fade layer by layer; sqrt(6) times that keeps it.
  for (const NamedTensor& named : model.named_tensors()) {
    if (named.tensor->rank() < 2) continue;
    float* values = named.tensor->mutable_data<float>();
    for (std::int64_t i = 0; i < named.tensor->numel(); ++i) values[i] *= std::sqrt(6.0f);
  }
  const StateDict weights = model.state_dict();
  write_safetensors(folder_ / name, weights);
  return weights;
}

void expect_one_sentence(const std::string& text) {
  EXPECT_TRUE(text.starts_with("backlight: ")) << text;
  ASSERT_TRUE(text.size() > 20 && text.ends_with("\n")) << text;
  for (const char c : text.substr(0, text.size() - 1))
    EXPECT_FALSE(static_cast<unsigned char>(c) < 0x20 || c == 0x7F) << text;
}

}  // namespace backlight::testing
