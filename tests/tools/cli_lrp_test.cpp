// backlight explain --method lrp: its composites, its ledger and what it refuses.
#include <cmath>

#include "tensor/npy.h"
#include "tests/testing.h"
#include "tests/tools/program.h"

namespace backlight::testing {
namespace {

class ExplainByLrp : public ProgramTest {
 protected:
  ExplainByLrp() {
    write_weights("w.safetensors");
    write_photo("2_17.png");
  }

  static Words words(const Words& more) {
    Words all{"explain", "--weights", "w.safetensors", "--threads", "1", "--method", "lrp"};
    all.insert(all.end(), more.begin(), more.end());
    return all;
  }
};

TEST_F(ExplainByLrp, KeepsTheBooksOfEveryComposite) {
  for (const std::string name : {"epsilon-plus", "epsilon-gamma-box", "epsilon-alpha2-beta1"}) {
    run_well(words({"--composite", name, "--out", name, "2_17.png"}));
    const auto photo = json(name + "/result.json").at("photos").at(0);
    const auto map = photo.at("maps").at(0);
    EXPECT_EQ(map.at("settings").at("composite"), name);
    EXPECT_EQ(map.at("checks").at("ok"), true);
    // The first row holds the logit, the last passes on the map's sum.
    const auto ledger = map.at("details").at("ledger");
    ASSERT_EQ(ledger.size(), 13u);
    const double logit = photo.at("logits").at(photo.at("target").get<std::size_t>());
    EXPECT_NEAR(ledger.front().at("arrived").get<double>(), logit, 1e-4 * std::abs(logit));
    const Tensor values = read_npy(path(name + "/2_17.lrp.npy"));
    EXPECT_NEAR(ledger.back().at("passed").get<double>(),
                dot(values, Tensor::full(values.shape(), 1)), 1e-4 * std::abs(logit));
    EXPECT_EQ(ledger.back().at("layer"), "cnn.0 + cnn.1");
    const std::string page = read(name + "/report.html");
    for (const char* row : {"<th>fc.3</th>", "<th>cnn.34</th>", "<th>cnn.0</th>", "<th>photo</th>"})
      EXPECT_NE(page.find(row), std::string::npos) << row;
  }
  EXPECT_FALSE(has_same_bytes(read_npy(path("epsilon-plus/2_17.lrp.npy")),
                              read_npy(path("epsilon-gamma-box/2_17.lrp.npy"))));
}

TEST_F(ExplainByLrp, IsTakenUpAgainWithItsTable) {
  run_well(words({"2_17.png"}));
  const std::string table = json("explained/result.json")["photos"][0]["maps"][0]["table"].dump();
  EXPECT_NE(table.find("cnn.34"), std::string::npos);
  run_well(words({"--resume", "2_17.png"}));
  EXPECT_EQ(json("explained/result.json")["photos"][0]["maps"][0]["table"].dump(), table);
  EXPECT_NE(read("explained/report.html").find("<th>cnn.34</th>"), std::string::npos);
  run_badly(words({"--resume", "--composite", "epsilon-gamma-box", "2_17.png"}),
            {"--composite", "epsilon-plus"});
}

TEST_F(ExplainByLrp, ExplainsLogitsOnly) {
  for (const char* score : {"probability", "loss"}) {
    run_badly(words({"--of", score, "2_17.png"}), {"lrp explains logits only", "--of"});
    EXPECT_EQ(listing("explained"), Words{});
  }
  run_well(words({"--of", "logit", "2_17.png"}));
}

}  // namespace
}  // namespace backlight::testing
