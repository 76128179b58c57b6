"""What is kept of a DICOM header. Whatever is not named here goes, at any depth of sequences.

Most elements are kept by the kind of their value (VR): numbers, code strings, times, UIDs and dates each have one rule,
see `values.py`. `SPECIAL` lists those that have a rule of their own. Free text has no rule, so it cannot be kept by
naming it in `KEPT`; private tags, overlays (60xx) and curves (50xx) have no keyword and cannot be named at all.

Source: DICOM PS3.3 (modules and functional groups), PS3.15 Annex E (basic profile), and what
`osteon.ingest.header` reads.
"""

from __future__ import annotations

from pydicom.uid import (
    UID,
    CTImageStorage,
    EnhancedCTImageStorage,
    EnhancedMRImageStorage,
    LegacyConvertedEnhancedCTImageStorage,
    LegacyConvertedEnhancedMRImageStorage,
    MRImageStorage,
    RTStructureSetStorage,
    SegmentationStorage,
)

IMAGES = frozenset(
    {
        MRImageStorage,
        EnhancedMRImageStorage,
        LegacyConvertedEnhancedMRImageStorage,
        CTImageStorage,
        EnhancedCTImageStorage,
        LegacyConvertedEnhancedCTImageStorage,
    }
)
LABEL_MAP = UID("1.2.840.10008.5.1.4.1.1.66.7")  # Label Map Segmentation Storage, younger than pydicom's list
SEGMENTATIONS = frozenset({SegmentationStorage, LABEL_MAP})
KINDS = IMAGES | SEGMENTATIONS | {RTStructureSetStorage}
"""Classes of objects that are written; all others (reports, screen copies, ultrasound, documents) are not."""

_GROUPS = {
    "what it is and what it belongs to": """
        SOPClassUID SOPInstanceUID StudyInstanceUID SeriesInstanceUID FrameOfReferenceUID ConcatenationUID
        SynchronizationFrameOfReferenceUID ImageType FrameType SeriesNumber AcquisitionNumber InstanceNumber
        TemporalPositionIdentifier NumberOfTemporalPositions TemporalPositionIndex ImagesInAcquisition
        Laterality ImageLaterality FrameLaterality PatientPosition LossyImageCompression
        LossyImageCompressionRatio LossyImageCompressionMethod BurnedInAnnotation RecognizableVisualFeatures
        QualityControlSubject InConcatenationNumber ConcatenationFrameOffsetNumber InConcatenationTotalNumber
    """,
    "when": """
        StudyDate SeriesDate AcquisitionDate ContentDate StudyTime SeriesTime AcquisitionTime ContentTime
        AcquisitionDateTime AcquisitionDuration FrameAcquisitionDateTime FrameReferenceDateTime FrameAcquisitionDuration
        StructureSetDate StructureSetTime TriggerTime
    """,
    "who, as far as a model may need it": "PatientSize PatientWeight",
    "geometry": """
        ImagePositionPatient ImageOrientationPatient PixelSpacing SliceThickness SpacingBetweenSlices SliceLocation
        ReconstructionDiameter FieldOfViewDimensions GantryDetectorTilt TablePosition DataCollectionDiameter
        DistanceSourceToDetector DistanceSourceToPatient TableHeight RotationDirection DataCollectionCenterPatient
        ReconstructionTargetCenterPatient VolumetricProperties VolumeBasedCalculationTechnique
    """,
    "pixels": """
        Rows Columns NumberOfFrames SamplesPerPixel PhotometricInterpretation PlanarConfiguration BitsAllocated
        BitsStored HighBit PixelRepresentation PixelAspectRatio PixelPaddingValue PixelPaddingRangeLimit
        SmallestImagePixelValue LargestImagePixelValue RescaleSlope RescaleIntercept WindowCenter WindowWidth
        VOILUTFunction PresentationLUTShape PixelPresentation PixelData FloatPixelData DoubleFloatPixelData
    """,
    "physics of MR": """
        ScanningSequence SequenceVariant ScanOptions MRAcquisitionType RepetitionTime EchoTime InversionTime
        EffectiveEchoTime InversionTimes FlipAngle EchoNumbers EchoTrainLength RFEchoTrainLength GradientEchoTrainLength
        NumberOfAverages MagneticFieldStrength ImagingFrequency TransmitterFrequency ResonantNucleus
        NumberOfPhaseEncodingSteps PercentSampling PercentPhaseFieldOfView PixelBandwidth AcquisitionMatrix
        InPlanePhaseEncodingDirection VariableFlipAngleFlag SAR dBdt AngioFlag AcquisitionContrast EchoPulseSequence
        MultipleSpinEcho MultiPlanarExcitation PhaseContrast TimeOfFlightContrast Spoiling SteadyStatePulseSequence
        EchoPlanarPulseSequence SaturationRecovery SpectrallySelectedSuppression SpectrallySelectedExcitation
        SpatialPresaturation Tagging OversamplingPhase InversionRecovery FlowCompensation FlowCompensationDirection
        MagnetizationTransfer T2Preparation BloodSignalNulling PartialFourier PartialFourierDirection
        ParallelAcquisition ParallelAcquisitionTechnique ParallelReductionFactorInPlane
        ParallelReductionFactorOutOfPlane
        ParallelReductionFactorSecondInPlane GeometryOfKSpaceTraversal SegmentedKSpaceTraversal
        RectilinearPhaseEncodeReordering KSpaceFiltering CoverageOfKSpace NumberOfKSpaceTrajectories
        MRAcquisitionFrequencyEncodingSteps MRAcquisitionPhaseEncodingStepsInPlane
        MRAcquisitionPhaseEncodingStepsOutOfPlane ComplexImageComponent ReceiveCoilType QuadratureReceiveCoil
        TransmitCoilType SpecificAbsorptionRateDefinition SpecificAbsorptionRateValue OperatingModeType OperatingMode
        DiffusionBValue DiffusionDirectionality DiffusionGradientOrientation DiffusionAnisotropyType
    """,
    "physics of CT": """
        KVP XRayTubeCurrent XRayTubeCurrentInmA XRayTubeCurrentInuA Exposure ExposureTime ExposureInmAs ExposureInuAs
        ExposureTimeInms ExposureModulationType GeneratorPower FocalSpots RevolutionTime
        SingleCollimationWidth TotalCollimationWidth TableSpeed TableFeedPerRotation SpiralPitchFactor CTDIvol
        AcquisitionType ReconstructionAlgorithm ReconstructionAngle ReconstructionFieldOfView ReconstructionPixelSpacing
        ConstantVolumeFlag FluoroscopyFlag TubeAngle ContrastBolusVolume ContrastBolusIngredientConcentration
    """,
    "frames of enhanced images, segmentations among them": """
        SharedFunctionalGroupsSequence PerFrameFunctionalGroupsSequence FrameContentSequence PlanePositionSequence
        PlaneOrientationSequence PixelMeasuresSequence PixelValueTransformationSequence FrameVOILUTSequence
        RealWorldValueMappingSequence RealWorldValueFirstValueMapped RealWorldValueLastValueMapped
        RealWorldValueIntercept RealWorldValueSlope MRImageFrameTypeSequence CTImageFrameTypeSequence
        MRTimingAndRelatedParametersSequence MREchoSequence MRModifierSequence MRImagingModifierSequence
        MRFOVGeometrySequence MRAveragesSequence MRReceiveCoilSequence MRTransmitCoilSequence MRDiffusionSequence
        DiffusionGradientDirectionSequence SpecificAbsorptionRateSequence OperatingModeSequence
        CTAcquisitionTypeSequence CTAcquisitionDetailsSequence CTTableDynamicsSequence CTPositionSequence
        CTGeometrySequence CTReconstructionSequence CTExposureSequence CTXRayDetailsSequence
        UnassignedSharedConvertedAttributesSequence UnassignedPerFrameConvertedAttributesSequence
        FrameAcquisitionNumber InStackPositionNumber DimensionIndexValues DimensionOrganizationType
        DimensionOrganizationSequence DimensionOrganizationUID DimensionIndexSequence DimensionIndexPointer
        FunctionalGroupPointer
    """,
    "segmentations and contours": """
        SegmentationType SegmentationFractionalType MaximumFractionalValue SegmentsOverlap SegmentSequence SegmentNumber
        SegmentAlgorithmType SegmentIdentificationSequence ReferencedSegmentNumber RecommendedDisplayCIELabValue
        SegmentedPropertyCategoryCodeSequence SegmentedPropertyTypeCodeSequence
        StructureSetROISequence ROINumber ReferencedFrameOfReferenceUID ROIGenerationAlgorithm ROIVolume
        ROIContourSequence ReferencedROINumber ROIDisplayColor ContourSequence ContourNumber ContourGeometricType
        ContourSlabThickness ContourOffsetVector NumberOfContourPoints ContourData ContourImageSequence
        RTROIObservationsSequence ObservationNumber RTROIInterpretedType
    """,
    "references": """
        ReferencedSeriesSequence ReferencedInstanceSequence ReferencedImageSequence ReferencedSOPClassUID
        ReferencedSOPInstanceUID ReferencedFrameNumber SourceImageSequence DerivationImageSequence
        ReferencedFrameOfReferenceSequence RTReferencedStudySequence RTReferencedSeriesSequence
    """,
}
KEPT = frozenset(keyword for group in _GROUPS.values() for keyword in group.split())
"""Elements kept by the rule of their value representation."""

SPECIAL = {
    "PatientID": "patient",
    "PatientName": "patient",
    "PatientAge": "age",
    "AccessionNumber": "accession",
    "PatientSex": "sex",
    "Modality": "modality",
    "SeriesDescription": "known_text",
    "ProtocolName": "known_text",
    "SequenceName": "sequence_name",
    "PulseSequenceName": "sequence_name",
    "Manufacturer": "maker",
    "ManufacturerModelName": "model",
    "BodyPartExamined": "body_part",
    "ConvolutionKernel": "kernel",
    "ContrastBolusAgent": "agent",
    "RescaleType": "rescale_type",
    "ImagedNucleus": "nucleus",
    "StackID": "token",
    "SegmentLabel": "label",
    "ROIName": "label",
}
"""Elements with a rule of their own: keyword -> the name of the rule in `values.py`."""

EMPTY = ("PatientBirthDate", "StudyID", "ReferringPhysicianName")
"""Removed elements that the standard wants to be there, if only without a value."""

CODES = {"SegmentedPropertyCategoryCodeSequence", "SegmentedPropertyTypeCodeSequence"}
"""Sequences of codes: what a segment is."""
