// backlight profile: what each kernel and layer of a pass costs.
#include <algorithm>
#include <cstdio>
#include <memory>

#include "kernels/device.h"
#include "models/demo/scene.h"
#include "tensor/file.h"
#include "tools/console/interrupt.h"
#include "tools/console/suggest.h"
#include "tools/explanation.h"
#include "tools/profile/profile_run.h"
#include "tools/session.h"
#include "tools/verbs.h"
#include "tools/version.h"
#include "xai/smoothgrad.h"

namespace backlight::tools {
namespace {

// A scene of the demo that shows a bowl of noodles.
constexpr int kSceneLabel = 6;

struct Options {
  SessionOptions session;
  std::string image, method = "saliency";
  std::int64_t batch = 0;  // 0: 1 in the simulator, 32 on a GPU, 8 on the processor
  int repeats = 0;         // 0: 1 in the simulator, 5 elsewhere
  std::filesystem::path json, page;
};

const std::vector<std::string>& method_choices() {
  static const std::vector<std::string> names{"forward", "saliency", "smoothgrad"};
  return names;
}

void check(const Options& options) {
  const auto& names = method_choices();
  if (std::find(names.begin(), names.end(), options.method) == names.end()) {
    const std::string hint = did_you_mean(options.method, names);
    fail("--method has no '", options.method, "'",
         hint.empty() ? "; there are forward, saliency and smoothgrad" : hint);
  }
  for (const std::filesystem::path& file : {options.json, options.page}) {
    const std::filesystem::path folder = file.parent_path();
    require(folder.empty() || std::filesystem::is_directory(folder), "there is no folder ",
            folder.string(), " to write ", file.filename().string(), " into");
    require(!std::filesystem::is_directory(file), file.string(), " is a folder; name a file");
  }
  require(options.json.empty() || options.json != options.page,
          "--json and --page name the same file");
}

std::vector<std::string> command_of(const Options& options, std::int64_t batch, int repeats) {
  std::vector<std::string> words{"backlight", "profile"};
  const auto add = [&](const std::string& option, const std::string& value) {
    if (!value.empty()) words.insert(words.end(), {option, value});
  };
  add("--weights", options.session.weights.string());
  if (options.session.device != "auto") add("--device", options.session.device);
  if (options.session.precision != "fp32") add("--precision", options.session.precision);
  add("--method", options.method);
  add("--batch", std::to_string(batch));
  add("--repeats", std::to_string(repeats));
  add("--json", options.json.string());
  add("--page", options.page.string());
  if (!options.image.empty()) words.push_back(options.image);
  return words;
}

// The photo [1,S,S,3]: the one that was named, or a scene of the demo.
Tensor read_input(const Options& options, const Session& session) {
  if (!options.image.empty()) return image_to_tensor(read_photo(options.image, session));
  return image_to_tensor(render_scene(kSceneLabel, 1, session.side()).image);
}

// The work that is profiled.
std::function<void()> work_of(const Options& options, Session& session, const Tensor& photo,
                              std::int64_t batch) {
  const Tensor x = photo.to(session.device);
  const Tensor photos =
      concatenate(std::vector<Tensor>(static_cast<std::size_t>(batch), photo)).to(session.device);
  const std::int64_t target = predict(session, photo).front().predicted;
  const Model model = [&session](const Var& input) { return session(input); };
  if (options.method == "forward") return [=] { (void)model(photos); };
  if (options.method == "saliency")
    return [=] { (void)input_gradient(model, photos, logit_of(target)); };
  return
      [=] { (void)smoothgrad(model, x, logit_of(target), {.samples = batch}, {.batch = batch}); };
}

// The median of each launch's times over runs that did the same; the last run where they did not.
std::vector<kernels::LaunchRecord> median_of(std::vector<std::vector<kernels::LaunchRecord>> runs) {
  std::vector<kernels::LaunchRecord> records = std::move(runs.back());
  runs.pop_back();
  const bool alike = std::all_of(runs.begin(), runs.end(), [&](const auto& run) {
    return std::equal(run.begin(), run.end(), records.begin(), records.end(),
                      [](const auto& a, const auto& b) {
                        return a.kernel == b.kernel && a.layer == b.layer && a.pass == b.pass;
                      });
  });
  if (!alike) return records;
  for (std::size_t i = 0; i < records.size(); ++i) {
    if (!records[i].seconds) continue;
    std::vector<double> times{*records[i].seconds};
    for (const auto& run : runs) times.push_back(run[i].seconds.value_or(0));
    std::nth_element(times.begin(), times.begin() + static_cast<std::ptrdiff_t>(times.size() / 2),
                     times.end());
    records[i].seconds = times[times.size() / 2];
  }
  return records;
}

// Where times are measured, the first run is for what is prepared once: packed weights, memory.
std::vector<kernels::LaunchRecord> measure(const std::function<void()>& work, Device device,
                                           int repeats) {
  if (device != Device::sim) work();
  std::vector<std::vector<kernels::LaunchRecord>> runs;
  for (int i = 0; i < repeats; ++i) {
    check_interrupt();
    kernels::Profile profile(device);
    work();
    runs.push_back(profile.finish());
  }
  return median_of(std::move(runs));
}

std::int64_t batch_for(const Options& options, Device device) {
  if (options.batch > 0) return options.batch;
  return device == Device::sim ? 1 : device == Device::cuda ? 32 : 8;
}

void run(const Options& options) {
  check(options);
  const auto session = open_session(options.session);
  const Device device = session->device;
  const std::int64_t batch = batch_for(options, device);
  const int repeats = options.repeats > 0 ? options.repeats : device == Device::sim ? 1 : 5;
  const Tensor photo = read_input(options, *session);
  ProfileRun done;
  done.command = command_of(options, batch, repeats);
  done.version = kVersion;
  done.weights = session->weights;
  done.model = session->model.config().name();
  done.precision = options.session.precision;
  done.method = options.method;
  done.device = device;
  done.device_name = kernels::description_of(device);
  done.batch = batch;
  done.repeats = repeats;
  done.ceilings = kernels::ceilings_of(device);
  done.records = measure(work_of(options, *session, photo, batch), device, repeats);
  std::fputs(to_table(done).c_str(), stdout);
  if (!options.json.empty())
    write_file_atomically(
        options.json,
        to_json(done).dump(1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n");
  if (!options.page.empty()) write_file_atomically(options.page, to_page(done));
}

}  // namespace

void add_profile(CLI::App& app) {
  CLI::App* const verb = app.add_subcommand("profile", "Show what each kernel and layer costs");
  const auto options = std::make_shared<Options>();
  add_session_options(*verb, options->session);
  verb->add_option("--method", options->method,
                   "What to run: forward, saliency (forward and back to the photo) or smoothgrad")
      ->capture_default_str();
  verb->add_option("--batch", options->batch,
                   "Copies of the photo that go through at once, and SmoothGrad's samples; 32 on "
                   "cuda, 8 on the processor and 1 in the simulator by default")
      ->check(CLI::Range(1, 65536));
  verb->add_option("--repeats", options->repeats,
                   "Runs whose median is shown; 5 by default, 1 in the simulator")
      ->check(CLI::Range(1, 1000));
  verb->add_option("--json", options->json, "Write everything into this file")->type_name("FILE");
  verb->add_option("--page", options->page,
                   "Write a page for the browser: on cuda and cpu where the time goes, on sim what "
                   "the kernels do to memory, line by line")
      ->type_name("FILE.html");
  verb->add_option("image", options->image, "A photo, JPEG or PNG; a demo scene by default")
      ->type_name("IMAGE");
  verb->footer(
      "On cuda each kernel is timed, on sim its instructions, sectors and bank conflicts are\n"
      "counted, on cpu each op is timed. Nsight shows the layers and kernels as NVTX ranges:\n"
      "nsys profile backlight profile --device cuda.\n\n"
      "Examples:\n"
      "  backlight profile\n"
      "  backlight profile --device sim --method forward --page conflicts.html\n"
      "  backlight profile --device cuda --precision tf32 --batch 64 --json times.json lunch.jpg");
  verb->callback([options] { run(*options); });
}

}  // namespace backlight::tools
