"""Seven tables, as a village of ours has: their columns differ in detail, their number and indexes do not."""

import uuid

from django.db import models


class AuditEntry(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    at = models.DateTimeField(db_index=True)
    actor = models.TextField()
    action = models.TextField()
    summary = models.TextField()
    details = models.JSONField(default=dict)


class AuditSeal(models.Model):
    seq = models.BigIntegerField(primary_key=True)
    entry = models.OneToOneField(AuditEntry, on_delete=models.PROTECT)
    digest = models.BinaryField()


class JobRun(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    name = models.TextField()
    state = models.TextField()
    done = models.IntegerField(default=0)
    arguments = models.JSONField(default=dict)


class StoredFile(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    file_name = models.TextField()
    size = models.IntegerField()
    sha256 = models.BinaryField()


class SubArea(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    parent = models.ForeignKey("self", null=True, on_delete=models.CASCADE, db_index=False)
    kind = models.TextField()
    name = models.TextField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["parent", "kind", "name"], name="uq_sub_area")]


class Official(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    name = models.TextField()
    title = models.TextField()
    signs_for = models.ForeignKey("self", null=True, on_delete=models.SET_NULL, db_index=False)
    photo = models.ForeignKey(StoredFile, null=True, on_delete=models.SET_NULL, db_index=False)


class VillageProfile(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    about = models.TextField(default="")
    opening_hours = models.JSONField(default=dict)
    logo = models.ForeignKey(StoredFile, null=True, on_delete=models.SET_NULL, db_index=False)
