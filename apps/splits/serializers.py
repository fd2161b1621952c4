from rest_framework import serializers

from apps.splits.models import Split, SplitMember
from apps.tiles.serializers import TileFeature, TileProperties


class SplitSerializer(serializers.ModelSerializer[Split]):
    dataset_version = serializers.CharField(source="dataset_version.slug")
    sizes = serializers.DictField(child=serializers.IntegerField(), help_text="Tiles by subset.")
    params = serializers.DictField()

    class Meta:
        model = Split
        fields = [
            "id", "name", "dataset_version", "method", "seed", "params", "checksum", "sizes", "dropped", "visibility",
            "created_at",
        ]  # fmt: skip


class MembershipSerializer(serializers.Serializer[SplitMember]):
    split = serializers.CharField(source="split.name")
    subset = serializers.CharField()


class TileDetailProperties(TileProperties):
    splits = MembershipSerializer(many=True, source="memberships")


class TileDetailFeature(TileFeature):
    properties = TileDetailProperties(source="*")
