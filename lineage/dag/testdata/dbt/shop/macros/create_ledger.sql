{# The source Ledger.payments belongs to another system; this stands in for it. #}
{% macro create_ledger() %}
create schema if not exists "Ledger";
create table if not exists "Ledger"."PaymentLog" as
    select 1 as "paymentId", 10 as "orderId", 1250 as "amountCents"
    union all
    select 2, 12, 34000
{% endmacro %}
