#include <gtest/gtest.h>

#include "pipeline/nlu_model.h"

namespace greenroom {
namespace {

class Nothing final : public Component {
 public:
  explicit Nothing(std::string text = "new") : text_(std::move(text)) {}
  void Process(MessageState& message) const override { message.parse.intent = {text_, 0.5}; }
  void Save(BlobWriter& blobs) const override { blobs.Put("text", "loaded"); }

 private:
  std::string text_;
};

ComponentFactory Factory(std::string name, ComponentKind kind) {
  ComponentFactory factory;
  factory.spec = {.name = std::move(name), .kind = kind};
  factory.train = [](TrainContext&) -> Result<std::unique_ptr<Component>> {
    return std::unique_ptr<Component>(std::make_unique<Nothing>());
  };
  factory.load = [](const Json&, const BlobReader& blobs) -> Result<std::unique_ptr<Component>> {
    GR_ASSIGN(const std::string_view text, blobs.Get("text"));
    return std::unique_ptr<Component>(std::make_unique<Nothing>(std::string(text)));
  };
  return factory;
}

class GraphTest : public testing::Test {
 protected:
  GraphTest() {
    ComponentFactory tokenizer = Factory("WhitespaceTokenizer", ComponentKind::kTokenizer);
    tokenizer.spec.refused_languages = {"th"};
    registry_.Add(std::move(tokenizer));
    ComponentFactory classifier = Factory("DIETClassifier", ComponentKind::kClassifier);
    classifier.spec.requires_before = {ComponentKind::kTokenizer};
    classifier.spec.parameters = {
        {.kind = ParameterSpec::Kind::kInt, .name = "size", .default_value = 10, .min = 1, .max = 100},
        {.kind = ParameterSpec::Kind::kFloat, .name = "rate", .default_value = 0.5},
        {.kind = ParameterSpec::Kind::kString, .name = "mode", .default_value = "fast", .choices = {"fast", "slow"}},
        {.kind = ParameterSpec::Kind::kInt, .name = "epochs", .no_effect = true}};
    registry_.Add(std::move(classifier));
    registry_.Add(Factory("ResponseSelector", ComponentKind::kSelector));
    source_.config.language = "en";
  }

  void Add(std::string name, Json parameters = Json::Object()) {
    source_.config.pipeline.push_back(
        {.name = std::move(name), .parameters = std::move(parameters), .span = {.file = "config.yml", .line = 3}});
  }
  PipelineGraph Build() { return BuildPipelineGraph(source_, registry_, diagnostics_); }
  std::string Codes() const {
    std::string codes;
    for (const Diagnostic& diagnostic : diagnostics_.items()) codes += diagnostic.code + " ";
    return codes;
  }

  ComponentRegistry registry_;
  Source source_;
  Diagnostics diagnostics_;
};

TEST_F(GraphTest, NodesKeepTheOrderOfTheConfigAndHaveDefaults) {
  Add("rasa.nlu.tokenizers.whitespace_tokenizer.WhitespaceTokenizer");
  Add("DIETClassifier", Json::Object({{"size", 20}}));
  const PipelineGraph graph = Build();
  ASSERT_EQ(graph.nodes.size(), 2u);
  EXPECT_EQ(graph.nodes[0].id, "0_WhitespaceTokenizer");
  EXPECT_EQ(graph.nodes[1].parameters["size"].AsInt(), 20);
  EXPECT_EQ(graph.nodes[1].parameters["rate"].AsDouble(), 0.5);
  EXPECT_EQ(Codes(), "");
}

TEST_F(GraphTest, AnUnknownComponentNamesTheNearestOne) {
  Add("WhitespaceTokeniser");
  Add("my.own.Component");
  EXPECT_EQ(Build().nodes.size(), 0u);
  EXPECT_EQ(Codes(), "P101 P101 ");
  EXPECT_NE(diagnostics_.items()[0].help.find("WhitespaceTokenizer"), std::string::npos);
  EXPECT_NE(diagnostics_.items()[1].help.find("DIETClassifier"), std::string::npos);
}

TEST_F(GraphTest, AnExternalFeaturizerIsRefusedWithTheClosestBuiltIn) {
  Add("WhitespaceTokenizer");
  Add("LanguageModelFeaturizer", Json::Object({{"model_name", "bert"}}));
  Build();
  EXPECT_EQ(Codes(), "P110 ");
  EXPECT_TRUE(diagnostics_.has_errors());
  EXPECT_NE(diagnostics_.items()[0].help.find("CountVectorsFeaturizer"), std::string::npos);
}

TEST_F(GraphTest, AnExternalTokenizerIsReplacedWithAWarning) {
  Add("JiebaTokenizer", Json::Object({{"dictionary_path", "x"}}));
  EXPECT_EQ(Build().nodes.at(0).component, "WhitespaceTokenizer");
  EXPECT_EQ(Codes(), "P110 ");
  EXPECT_FALSE(diagnostics_.has_errors());
}

TEST_F(GraphTest, OrderAndNumberOfComponentsAreChecked) {
  Add("DIETClassifier");
  Add("WhitespaceTokenizer");
  Add("WhitespaceTokenizer");
  Build();
  EXPECT_EQ(Codes(), "P108 P107 ");
}

TEST_F(GraphTest, ARefusedTokenizerCausesNoFurtherComplaints) {
  Add("my.own.Tokenizer");
  Add("DIETClassifier");
  Build();
  EXPECT_EQ(Codes(), "P101 ");
}

TEST_F(GraphTest, ARefusedLanguageIsAnError) {
  source_.config.language = "th";
  Add("WhitespaceTokenizer");
  Build();
  EXPECT_EQ(Codes(), "P109 ");
}

TEST_F(GraphTest, EveryWrongParameterIsReportedAndTheDefaultStays) {
  Add("WhitespaceTokenizer");
  Add("DIETClassifier",
      Json::Object({{"siez", 1}, {"size", 1000}, {"rate", "high"}, {"mode", "medium"}, {"epochs", 100}}));
  const PipelineGraph graph = Build();
  EXPECT_EQ(Codes(), "P102 P104 P103 P105 P106 ");
  EXPECT_NE(diagnostics_.items()[0].help.find("`size`"), std::string::npos);
  EXPECT_EQ(diagnostics_.items()[4].severity, Severity::kNote);
  EXPECT_EQ(graph.nodes[1].parameters["size"].AsInt(), 10);
  EXPECT_EQ(graph.nodes[1].parameters["mode"].AsString(), "fast");
}

TEST_F(GraphTest, AnEditedResponseChangesTheSelectorsFingerprintOnly) {
  Add("WhitespaceTokenizer");
  Add("ResponseSelector");
  Add("DIETClassifier");
  const PipelineGraph before = Build();
  source_.domain.responses["utter_faq/x"] = {{.text = "new"}};
  const PipelineGraph after = Build();
  EXPECT_EQ(before.nodes[0].fingerprint, after.nodes[0].fingerprint);
  EXPECT_NE(before.nodes[1].fingerprint, after.nodes[1].fingerprint);
  EXPECT_EQ(before.nodes[2].fingerprint, after.nodes[2].fingerprint);
}

TEST_F(GraphTest, AnEarlierParameterChangesAllLaterFingerprints) {
  Add("WhitespaceTokenizer");
  Add("DIETClassifier");
  Add("ResponseSelector");
  const PipelineGraph before = Build();
  source_.config.pipeline[1].parameters.Set("size", 11);
  const PipelineGraph after = Build();
  EXPECT_EQ(before.nodes[0].fingerprint, after.nodes[0].fingerprint);
  EXPECT_NE(before.nodes[1].fingerprint, after.nodes[1].fingerprint);
  EXPECT_NE(before.nodes[2].fingerprint, after.nodes[2].fingerprint);
}

TEST_F(GraphTest, AParameterWithoutEffectCausesNoNewTraining) {
  Add("WhitespaceTokenizer");
  Add("DIETClassifier");
  const PipelineGraph before = Build();
  source_.config.pipeline[1].parameters.Set("epochs", 300);
  EXPECT_EQ(before.nodes[1].fingerprint, Build().nodes[1].fingerprint);
}

TEST_F(GraphTest, AModelIsSavedLoadedAndReusedByFingerprint) {
  source_.domain.intents = {{.name = "greet"}};
  Add("WhitespaceTokenizer");
  const PipelineGraph graph = Build();
  Json metrics = Json::Object();
  auto model = NluModel::Train(source_, graph, registry_, {}, diagnostics_, metrics);
  ASSERT_TRUE(model.ok());
  EXPECT_EQ((*model)->ParseMessage("hi").intent.name, "new");
  EXPECT_EQ((*model)->ParseMessage("/greet").intent.name, "greet");

  PackageDraft draft;
  (*model)->Save(draft);
  const std::string path = testing::TempDir() + "greenroom-graph-test-package";
  ASSERT_TRUE(WritePackage(draft, path).ok());
  auto package = Package::Open(path);
  ASSERT_TRUE(package.ok());
  auto loaded = NluModel::Load(*package, registry_);
  ASSERT_TRUE(loaded.ok());
  EXPECT_EQ((*loaded)->ParseMessage("hi").intent.name, "loaded");
  EXPECT_EQ((*loaded)->ParseMessage("/greet").intent.name, "greet");

  auto again = NluModel::Train(source_, graph, registry_, {.previous = *package}, diagnostics_, metrics);
  ASSERT_TRUE(again.ok());
  EXPECT_EQ((*again)->ParseMessage("hi").intent.name, "loaded");
  EXPECT_TRUE(metrics["0_WhitespaceTokenizer"]["reused"].AsBool());
  auto other_seed =
      NluModel::Train(source_, graph, registry_, {.seed = 7, .previous = *package}, diagnostics_, metrics);
  EXPECT_EQ((*other_seed)->ParseMessage("hi").intent.name, "new");
  std::remove(path.c_str());
}

TEST_F(GraphTest, AModelWithoutPipelineGivesNoIntent) {
  Json metrics = Json::Object();
  auto model = NluModel::Train(source_, {}, registry_, {}, diagnostics_, metrics);
  const Parse parse = (*model)->ParseMessage("hi");
  EXPECT_EQ(parse.intent.name, "");
  EXPECT_EQ(parse.intent.confidence, 0.0);
  EXPECT_EQ(parse.text, "hi");
}

}  // namespace
}  // namespace greenroom
