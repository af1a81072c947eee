// Runs the built program in a folder of its own, and what its tests have to say about a run.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "models/food_cnn.h"

namespace backlight::testing {

struct ProgramResult {
  int exit_code = -1;  // -1: ended by a signal
  int signal = 0;
  std::string out, err;
};

using Words = std::vector<std::string>;

// A test with a temporary folder, which is also the program's working directory.
class ProgramTest : public ::testing::Test {
 protected:
  ProgramTest();
  ~ProgramTest() override;

  // Runs `backlight words...`. `out` is where its standard output goes instead of result.out;
  // `while_running` is called with its process id and may send it signals.
  ProgramResult run(const Words& words, const std::string& out = "",
                    const std::function<void(int)>& while_running = {}) const;
  // run(), which must succeed without a word on standard error.
  std::string run_well(const Words& words) const;
  // run(), which must fail with this exit code and say so in one line that holds every fragment.
  void run_badly(const Words& words, const Words& fragments, int exit_code = 1) const;

  const std::filesystem::path& folder() const { return folder_; }
  // A path in the folder.
  std::string path(const std::string& name) const { return folder_ / name; }
  void write(const std::string& name, const std::string& bytes) const;
  std::string read(const std::string& name) const;
  nlohmann::json json(const std::string& name) const;
  // The names of all files and folders beneath a folder of the folder, sorted.
  Words listing(const std::string& beneath = "") const;

  // Writes a picture of a scene, of 40 x 30 pixels: the n-th of a class.
  void write_photo(const std::string& name, int label = 2, int n = 0) const;
  // Writes a small food CNN for pictures of 32 x 32 pixels whose logits depend on the picture;
  // its weights.
  StateDict write_weights(const std::string& name, std::uint64_t seed = 1) const;

 private:
  std::filesystem::path folder_;
};

// That `text` is one line "backlight: ...", which a terminal can show.
void expect_one_sentence(const std::string& text);

}  // namespace backlight::testing
