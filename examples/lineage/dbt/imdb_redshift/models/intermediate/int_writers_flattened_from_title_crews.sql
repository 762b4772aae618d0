-- A numbers join, as for the directors. It covers up to 10000 writers of one title.
with crews as (

    select
        title_id,
        writer_ids,
        regexp_count(writer_ids, ',') + 1 as writer_count
    from {{ ref('new_stg_imdb__title_crews') }}
    where writer_ids is not null

),

digits as (

    select 0 as digit union all select 1 union all select 2 union all select 3
    union all select 4 union all select 5 union all select 6 union all select 7
    union all select 8 union all select 9

),

numbers as (

    select
        ones.digit + 10 * tens.digit + 100 * hundreds.digit
        + 1000 * thousands.digit + 1 as number
    from digits as ones
    cross join digits as tens
    cross join digits as hundreds
    cross join digits as thousands

)

select distinct
    crews.title_id,
    trim(split_part(crews.writer_ids, ',', numbers.number)) as name_id
from crews
inner join numbers
    on numbers.number <= crews.writer_count
