"""Networks are built from known classes alone, whatever the plans of a model name."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("dynamic_network_architectures")

from osteon.segmentation.architecture import network_arguments, refuse_other_weights  # noqa: E402
from osteon.segmentation.archive import ModelRefused  # noqa: E402

UNET = "dynamic_network_architectures.architectures.unet.PlainConvUNet"


def configuration(name=UNET, nonlin="torch.nn.LeakyReLU", classes=("conv_op", "nonlin", "dropout_op")):
    arguments = {"conv_op": "torch.nn.modules.conv.Conv2d", "nonlin": nonlin, "dropout_op": None, "n_stages": 3}
    return SimpleNamespace(
        network_arch_class_name=name,
        network_arch_init_kwargs=arguments,
        network_arch_init_kwargs_req_import=list(classes),
    )


def test_network_of_nnunet_is_taken():
    name, arguments, classes = network_arguments(configuration())
    assert (name, arguments["n_stages"], classes) == (UNET, 3, ["conv_op", "nonlin", "dropout_op"])


@pytest.mark.parametrize(
    "path",
    [
        "os.system",
        "torch.nn.parallel.distributed.os.system",  # an attribute of an attribute: begins as it should
        "torch.nn.modules.module.torch.load",
        "torch.nn.modules.module.functools.partial",
        "torch.nn.functional.relu",  # a function
        "torch.nn.modules.activation",  # a module
        "torch.nn.Parameter",  # a class, but no network
        "torch.nn.NoSuchThing",
        "torch.nnX.LeakyReLU",
        "torch.nn",
        "torch.nn.LeakyReLU\n",
        "torch.nn..LeakyReLU",
        "subprocess.Popen",
        ["torch.nn.LeakyReLU"],
        7,
    ],
    ids=str,
)
def test_path_to_anything_else_is_refused(path):
    for plans in (configuration(nonlin=path), configuration(name=path)):
        with pytest.raises(ModelRefused, match="the model's plans name"):
            network_arguments(plans)


def test_incomplete_plans_are_refused():
    with pytest.raises(ModelRefused, match="do not describe a network"):
        network_arguments(configuration(classes=("absent",)))


def test_weights_of_another_network_are_refused():
    network = torch.nn.Conv2d(1, 2, 3)
    good = network.state_dict()
    refuse_other_weights(network, [good, good])
    for bad in ({"weight": good["weight"]}, good | {"bias": torch.zeros(3)}, good | {"more": torch.zeros(1)}):
        with pytest.raises(ModelRefused, match="1 differ"):
            refuse_other_weights(network, [good, bad])
