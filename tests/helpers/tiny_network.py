"""Small untrained nnU-Nets in memory, 2d and 3d, as `load_model` would give them."""

from __future__ import annotations

import numpy as np
import torch
from nnunetv2.inference.predict_from_raw_data import nnUNetPredictor
from nnunetv2.utilities.get_network_from_plans import get_network_from_plans
from nnunetv2.utilities.plans_handling.plans_handler import ConfigurationManager, PlansManager

from osteon.segmentation.predict import Model

CHANNELS = [4, 6, 8]
RESAMPLING = {"resampling_fn_data": 3, "resampling_fn_seg": 1, "resampling_fn_probabilities": 1}


def tiny_plans(axes: int, patch: list[int], reader: str = "SimpleITKIO") -> dict:
    """nnU-Net plans of a network with three stages for voxels of 1.5 mm."""
    network = {
        "n_stages": 3,
        "features_per_stage": CHANNELS,
        "conv_op": f"torch.nn.modules.conv.Conv{axes}d",
        "kernel_sizes": [[3] * axes] * 3,
        "strides": [[1] * axes, [2] * axes, [2] * axes],
        "n_conv_per_stage": [1] * 3,
        "n_conv_per_stage_decoder": [1] * 2,
        "conv_bias": True,
        "norm_op": f"torch.nn.modules.instancenorm.InstanceNorm{axes}d",
        "norm_op_kwargs": {"eps": 1e-5, "affine": True},
        "dropout_op": None,
        "dropout_op_kwargs": None,
        "nonlin": "torch.nn.LeakyReLU",
        "nonlin_kwargs": {"inplace": True},
    }
    configuration = {
        "data_identifier": "plans",
        "preprocessor_name": "DefaultPreprocessor",
        "batch_size": 2,
        "patch_size": patch,
        "spacing": [1.5] * axes,
        "normalization_schemes": ["ZScoreNormalization"],
        "use_mask_for_norm": [False],
        "batch_dice": True,
        "architecture": {
            "network_class_name": "dynamic_network_architectures.architectures.unet.PlainConvUNet",
            "arch_kwargs": network,
            "_kw_requires_import": ["conv_op", "norm_op", "dropout_op", "nonlin"],
        },
    }
    for name, order in RESAMPLING.items():
        configuration[name] = "resample_data_or_seg_to_shape"
        configuration[f"{name}_kwargs"] = {
            "is_seg": name.endswith("seg"),
            "order": order,
            "order_z": 0,
            "force_separate_z": None,
        }
    return {
        "dataset_name": "Dataset001_Test",
        "plans_name": "nnUNetPlans",
        "image_reader_writer": reader,
        "transpose_forward": [0, 1, 2],
        "transpose_backward": [0, 1, 2],
        "label_manager": "LabelManager",
        "configurations": {"tiny": configuration},
        "experiment_planner_used": "ExperimentPlanner",
        "foreground_intensity_properties_per_channel": {"0": {"mean": 0.0, "std": 1.0}},
    }


def random_network(configuration: ConfigurationManager, heads: int) -> torch.nn.Module:
    """The network of a configuration, with the weights that torch's generator gives."""
    return get_network_from_plans(
        configuration.network_arch_class_name,
        configuration.network_arch_init_kwargs,
        configuration.network_arch_init_kwargs_req_import,
        1,
        heads,
        deep_supervision=False,
    )


def tiny_model(axes: int = 2, patch: list[int] | None = None, folds: int = 1, reader: str = "SimpleITKIO") -> Model:
    """A model with random weights from a fixed seed."""
    plans = PlansManager(tiny_plans(axes, patch or [32] * axes, reader))
    configuration = plans.get_configuration("tiny")
    weights = []
    with torch.random.fork_rng():
        torch.manual_seed(1)
        for _ in range(folds):
            network = random_network(configuration, heads=2)
            weights.append({name: value.clone() for name, value in network.state_dict().items()})
    predictor = nnUNetPredictor(device=torch.device("cpu"), use_mirroring=False, allow_tqdm=False)
    dataset = {"channel_names": {"0": "MR"}, "labels": {"background": 0, "bone": 1}, "file_ending": ".nii.gz"}
    predictor.manual_initialization(network.eval(), plans, configuration, weights, dataset, "nnUNetTrainer", None)
    return Model(predictor, np.array([0, 1], np.int16))
