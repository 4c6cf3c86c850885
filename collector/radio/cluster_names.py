"""Clusters and attributes as Zigbee2MQTT names them (zigbee-herdsman's cluster.ts)."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ClusterNames:
    """A cluster's number, and its attributes' by name."""

    cluster: int
    attributes: dict[str, int]


_INPUT_OR_OUTPUT = {
    "description": 0x001C,
    "outOfService": 0x0051,
    "presentValue": 0x0055,
    "reliability": 0x0067,
    "statusFlags": 0x006F,
    "applicationType": 0x0100,
}

CLUSTERS = {
    "genBasic": ClusterNames(
        0x0000,
        {
            "zclVersion": 0x0000,
            "appVersion": 0x0001,
            "stackVersion": 0x0002,
            "hwVersion": 0x0003,
            "manufacturerName": 0x0004,
            "modelId": 0x0005,
            "dateCode": 0x0006,
            "powerSource": 0x0007,
            "genericDeviceClass": 0x0008,
            "genericDeviceType": 0x0009,
            "productCode": 0x000A,
            "productUrl": 0x000B,
            "manufacturerVersionDetails": 0x000C,
            "serialNumber": 0x000D,
            "productLabel": 0x000E,
            "locationDesc": 0x0010,
            "physicalEnv": 0x0011,
            "deviceEnabled": 0x0012,
            "alarmMask": 0x0013,
            "disableLocalConfig": 0x0014,
            "swBuildId": 0x4000,
        },
    ),
    "genDeviceTempCfg": ClusterNames(
        0x0002,
        {
            "currentTemperature": 0x0000,
            "minTempExperienced": 0x0001,
            "maxTempExperienced": 0x0002,
            "overTempTotalDwell": 0x0003,
            "devTempAlarmMask": 0x0010,
            "lowTempThres": 0x0011,
            "highTempThres": 0x0012,
            "lowTempDwellTripPoint": 0x0013,
            "highTempDwellTripPoint": 0x0014,
        },
    ),
    "genOnOff": ClusterNames(
        0x0006,
        {
            "onOff": 0x0000,
            "globalSceneCtrl": 0x4000,
            "onTime": 0x4001,
            "offWaitTime": 0x4002,
            "startUpOnOff": 0x4003,
        },
    ),
    "genTime": ClusterNames(
        0x000A,
        {
            "time": 0x0000,
            "timeStatus": 0x0001,
            "timeZone": 0x0002,
            "dstStart": 0x0003,
            "dstEnd": 0x0004,
            "dstShift": 0x0005,
            "standardTime": 0x0006,
            "localTime": 0x0007,
            "lastSetTime": 0x0008,
            "validUntilTime": 0x0009,
        },
    ),
    "genAnalogInput": ClusterNames(
        0x000C,
        _INPUT_OR_OUTPUT
        | {
            "maxPresentValue": 0x0041,
            "minPresentValue": 0x0045,
            "resolution": 0x006A,
            "engineeringUnits": 0x0075,
        },
    ),
    "genBinaryOutput": ClusterNames(
        0x0010,
        _INPUT_OR_OUTPUT
        | {
            "activeText": 0x0004,
            "inactiveText": 0x002E,
            "minimumOffTime": 0x0042,
            "minimumOnTime": 0x0043,
            "polarity": 0x0054,
            "priorityArray": 0x0057,
            "relinquishDefault": 0x0068,
        },
    ),
    "genMultistateInput": ClusterNames(
        0x0012, _INPUT_OR_OUTPUT | {"stateText": 0x000E, "numberOfStates": 0x004A}
    ),
}
