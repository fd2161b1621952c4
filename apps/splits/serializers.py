from typing import Any

from rest_framework import serializers

from apps.splits.models import Split, SplitMember, SubsetStatistics
from apps.splits.naming import told_params
from apps.tiles.serializers import TileFeature, TileProperties


class SplitSerializer(serializers.ModelSerializer[Split]):
    dataset_version = serializers.CharField(
        source="version_name", allow_null=True, help_text="Null where you may not see it."
    )
    sizes = serializers.DictField(child=serializers.IntegerField(), help_text="Tiles by subset.")
    params = serializers.SerializerMethodField(help_text="Without those that name a region you may not see.")

    class Meta:
        model = Split
        fields = [
            "id", "name", "dataset_version", "method", "seed", "params", "checksum", "sizes", "dropped", "visibility",
            "created_at",
        ]  # fmt: skip

    def get_params(self, split: Split) -> dict[str, Any]:
        return told_params(split)


class SubsetStatisticsSerializer(serializers.ModelSerializer[SubsetStatistics]):
    channel = serializers.CharField(source="channel.name")
    outdated = serializers.SerializerMethodField(help_text="The rasters or the number of tiles have changed since.")

    class Meta:
        model = SubsetStatistics
        fields = ["subset", "channel", "tiles", "outdated", "statistics"]

    def get_outdated(self, row: SubsetStatistics) -> bool:
        return row.channel.name in self.context["outdated"][row.subset]


class MembershipSerializer(serializers.Serializer[SplitMember]):
    split = serializers.CharField(source="split.name")
    subset = serializers.CharField()


class TileDetailProperties(TileProperties):
    splits = MembershipSerializer(many=True, source="memberships")


class TileDetailFeature(TileFeature):
    properties = TileDetailProperties(source="*")
