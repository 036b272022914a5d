"""`make_tenants COUNT`: registers tenants with empty schemas; `migrate_schemas` fills them."""

from django.core.management.base import BaseCommand
from django.db import connection

from customers.models import Client


class Command(BaseCommand):
    def add_arguments(self, parser):
        parser.add_argument("count", type=int)

    def handle(self, *args, count, **options):
        for number in range(count):
            client = Client.objects.create(schema_name=f"village_{number:04}", name=f"Village {number}")
            with connection.cursor() as cursor:
                cursor.execute(f'CREATE SCHEMA "{client.schema_name}"')
