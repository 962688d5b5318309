import json
import math

import pytest

from anymood.errors import SettingError
from anymood.network.weightings import LossWeights
from anymood.training.config import Recipe


def test_survives_json():
    recipe = Recipe(image_encoder="densenet121", vocabulary=500, alpha=LossWeights(image=0.5, modality=0.25), seed=3)
    assert Recipe.from_dict(json.loads(json.dumps(recipe.to_dict()))) == recipe
    assert Recipe.from_dict({}) == Recipe()
    assert Recipe.from_dict({"alpha": LossWeights(text=0.0)}).alpha.text == 0


def test_the_networks_defaults_are_the_papers():
    recipe = Recipe()
    assert (recipe.text_encoder, recipe.embedding_dropout) == ("cnn", 0.25)
    assert recipe.alpha == LossWeights(1, 1, 1, 0)
    assert recipe.unpaired_ratio is None
    assert recipe.select_by == "accuracy"


def test_an_unknown_setting_is_named():
    with pytest.raises(SettingError, match="Unknown setting in the recipe: beta, gamma"):
        Recipe.from_dict({"gamma": 1, "beta": 2, "epochs": 3})
    with pytest.raises(SettingError, match=r"Epoch, alpha\.txt\. Did you mean epochs and alpha\.text\?"):
        Recipe.from_dict({"Epoch": 1, "alpha": {"txt": 1}})
    with pytest.raises(SettingError, match=r"learning-rate\. Did you mean learning_rate\?"):
        Recipe.from_dict({"learning-rate": 0.1})


def test_an_unknown_weight_of_a_loss_is_named():
    with pytest.raises(SettingError, match=r"Unknown setting in the recipe: beta, alpha\.sound"):
        Recipe.from_dict({"alpha": {"sound": 1, "text": 1}, "beta": 2})
    with pytest.raises(SettingError, match="alpha is 3; it must be an object"):
        Recipe.from_dict({"alpha": 3})


@pytest.mark.parametrize("values", [None, 3, ["epochs"], {3: 1}])
def test_a_recipe_is_a_mapping_of_names(values):
    with pytest.raises(SettingError, match="A recipe is a mapping of the names of settings"):
        Recipe.from_dict(values)


def test_the_weight_of_a_loss_is_a_number():
    with pytest.raises(SettingError, match="alpha.text is 'x'; it must be a finite number"):
        Recipe.from_dict({"alpha": {"text": "x"}})


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"epochs": 0}, "epochs is 0; it must be at least 1"),
        ({"batch_size": 1}, "batch_size is 1; it must be at least 2"),
        ({"max_tokens": 0}, "max_tokens is 0"),
        ({"patience": 0}, "patience is 0"),
        ({"devices": 0}, "devices is 0"),
        ({"num_nodes": 0}, "num_nodes is 0"),
        ({"workers": -1}, "workers is -1; it must be at least 0"),
        ({"seed": -1}, "seed is -1"),
        ({"threads": 0}, "threads is 0"),
        ({"vocabulary": 0}, "vocabulary is 0"),
        ({"tuned_image_stages": -1}, "tuned_image_stages is -1; it must be at least 0"),
        ({"tuned_text_layers": -2}, "tuned_text_layers is -2"),
        ({"cache_frozen_layers": True}, "needs an encoder that is tuned in part. Set tuned_image_stages or"),
        ({"cache_frozen_layers": True, "tuned_text_layers": 2, "frozen": True}, "cache_frozen_layers needs"),
        ({"unpaired_ratio": -0.5}, "unpaired_ratio is -0.5"),
        ({"weight_decay": -0.1}, "weight_decay is -0.1"),
        ({"learning_rate": float("nan")}, "learning_rate is nan"),
        ({"image_learning_rate": -1.0}, "image_learning_rate is -1.0"),
        ({"text_learning_rate": -1.0}, "text_learning_rate is -1.0"),
        ({"embedding_dropout": 1.0}, "embedding_dropout is 1.0; it must be at least 0 and less than 1"),
        ({"classifier_dropout": -0.1}, "classifier_dropout is -0.1"),
        ({"label_smoothing": 1.5}, "label_smoothing is 1.5"),
        ({"word_dropout": 1.0}, "word_dropout is 1.0"),
        ({"word_dropout": 0.1, "text_encoder": "transformer"}, "a transformer has its own dropout"),
        ({"warmup_ratio": 1.0}, "warmup_ratio is 1.0"),
        ({"smallest_crop": 0.0}, "smallest_crop is 0.0; it must be more than 0 and at most 1"),
        ({"smallest_crop": 1.1}, "smallest_crop is 1.1"),
        ({"colour": 3}, "colour is 3; it must lie between 0 and 1"),
        ({"gradient_clip": -1}, "gradient_clip is -1; it must be at least 0"),
        ({"unpaired_ratio": math.inf}, "unpaired_ratio is inf; it must be a finite number"),
        ({"learning_rate": math.inf}, "learning_rate is inf; it must be a finite number"),
        ({"learning_rate": 10**400}, "learning_rate is 1000"),
        ({"accelerator": "foo"}, "accelerator is 'foo'; it must be one of auto, gpu, cpu, cuda"),
        ({"select_by": "luck"}, "select_by is 'luck'; it must be one of accuracy, macro_f1, weighted_f1"),
        ({"text_encoder": "lstm"}, "text_encoder is 'lstm'; it must be one of cnn, static, transformer"),
        ({"ema_decay": 1.0}, "ema_decay is 1.0; it must lie between 0 and 1"),
    ],
)
def test_values_out_of_range(values, message):
    with pytest.raises(SettingError, match=message):
        Recipe(**values)
    with pytest.raises(SettingError, match=message):
        Recipe.from_dict(values)


def test_the_ends_of_the_ranges_are_allowed():
    recipe = Recipe(epochs=1, batch_size=2, workers=0, smallest_crop=1.0, word_dropout=0.0, ema_decay=0.99)
    assert recipe.ema_decay == 0.99


def test_former_names_of_fields_are_read():
    former = {"epochs": 3, "hosts": 2, "rate_warm_up": 0.2, "average": 0.99}
    assert Recipe.from_dict(former) == Recipe(epochs=3, num_nodes=2, warmup_ratio=0.2, ema_decay=0.99)


def test_how_training_posts_vary():
    recipe = Recipe(smallest_crop=0.7, colour=0.1, word_dropout=0.2)
    assert (recipe.augmentation.smallest_crop, recipe.augmentation.colour) == (0.7, 0.1)
    assert recipe.augmentation.word_dropout == 0.2


def test_a_frozen_image_encoders_features_do_not_vary_but_words_do():
    frozen = Recipe(frozen=True, smallest_crop=0.7, colour=0.1, word_dropout=0.2).augmentation
    assert (frozen.smallest_crop, frozen.colour, frozen.word_dropout) == (1.0, 0.0, 0.2)
    assert Recipe(tuned_image_stages=0).augmentation == Recipe(frozen=True).augmentation
    assert Recipe(tuned_image_stages=1, cache_frozen_layers=True).augmentation == Recipe(frozen=True).augmentation
    by_text = Recipe(tuned_text_layers=1, cache_frozen_layers=True, text_encoder="transformer")
    assert by_text.augmentation == Recipe().augmentation  # all layers of the image encoder learn


def test_which_encoders_are_frozen():
    def frozen(**settings):
        recipe = Recipe(**settings)
        return recipe.frozen_image, recipe.frozen_text

    assert frozen() == frozen(tuned_image_stages=1) == (False, False)
    assert frozen(frozen=True) == (True, False)  # the convolutional text encoder has nothing that was learnt before
    assert frozen(frozen=True, text_encoder="transformer") == (True, True)
    assert frozen(tuned_image_stages=0, text_encoder="transformer") == (True, False)
    assert frozen(tuned_text_layers=0, text_encoder="transformer") == (False, True)
